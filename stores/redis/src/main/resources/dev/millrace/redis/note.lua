-- Notes of one space: a hash, key to revision, time of death and value.
-- ARGV: 3 space, 4 what: "list", "get", "put", "remove" or "import"; 5 key; 6 expected revision (import: the least one to
--   give); put and import: 7 time to live or "", 8 value
-- Result: list and get: now, the number of the last change to any note here, then keys and notes, dead ones too; put: the revision or ""; remove, import: 1 or 0
local space, what, key, expected = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6] or '')
local notes, dying = base .. ':n:' .. space, base .. ':dying'
if what == 'list' or what == 'get' then
  local reply = {told(now), call('HGET', numbers, 'revision') or '0'}
  local found = what == 'list' and call('HGETALL', notes) or {key, call('HGET', notes, key)}
  if found[2] then
    for i = 1, #found do reply[i + 2] = found[i] end
  end
  return reply
end

local revision = 0
local present = call('HGET', notes, key)
if present then
  local of, death = unpacked('>dd', present)
  if death > now then revision = of end
end
local mortal = pack('>I2', #space) .. space .. key
if what == 'remove' then
  if revision == 0 or revision ~= expected then return 0 end
  call('HDEL', notes, key)
  call('ZREM', dying, mortal)
  call('HINCRBY', numbers, 'revision', 1)
  return 1
end
if what == 'import' then
  if revision ~= 0 then return 0 end
  if tonumber(call('HGET', numbers, 'revision') or '0') < expected then
    call('HSET', numbers, 'revision', format('%.0f', expected))
  end
elseif revision ~= expected then
  return ''
end
local death = NEVER
if ARGV[7] ~= '' then
  death = now + tonumber(ARGV[7])
  call('ZADD', dying, death, mortal)
else
  call('ZREM', dying, mortal)
end
revision = call('HINCRBY', numbers, 'revision', 1)
call('HSET', notes, key, pack('>dd', revision, death) .. ARGV[8])
call('SADD', base .. ':spaces', space)
return what == 'import' and 1 or told(revision)
