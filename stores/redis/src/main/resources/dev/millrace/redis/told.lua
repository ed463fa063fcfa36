-- Notes what was told to other partitions.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; then for each letter: its kind, its job, its value, then
--   "p": the children, each with its partition and what hear.lua found; "r" is of one whose parents may still come; "h": the place to go on; "d": the parents; else ""
allowAnyway()
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local work = {}

function work.p(id, value, kids)
  local number, _, isDeleted = unpacked('>dBB', value)
  local key = base .. ':y:' .. id
  for at = 1, #kids, 19 do
    local kid, found = sub(kids, at, at + 17), string.byte(kids, at + 18)
    if found == 0 then
      call('ZREM', key, kid)
    else
      call('ZADD', key, 'XX', 'GT', told(number), kid)
    end
    if isDeleted == 0 then
      if found == 0 then
        flow.orphan(id, sub(kid, 1, 16))
      elseif found == 2 then
        flow.letGo(id, sub(kid, 1, 16))
      end
    end
  end
end

function work.r(id, value)
  if call('HGET', letters, 'r' .. id) ~= value then return end
  call('HDEL', letters, 'r' .. id)
  call('HSET', patient, id, value)
end

function work.h(id, value, place)
  if call('HGET', letters, 'h' .. id) ~= value then return end
  if place == '0' then call('HDEL', letters, 'h' .. id) else call('HSET', letters, 'h' .. id, place) end
end

function work.d(id, _, parents)
  for at = 1, #parents, 16 do call('HDEL', base .. ':i:' .. id, sub(parents, at, at + 15)) end
end

function work.u(id, value)
  if call('HGET', letters, 'u' .. id) == value then call('HDEL', letters, 'u' .. id) end
end

function work.v(id, value)
  if call('HGET', letters, 'v' .. id) == value then call('HDEL', letters, 'v' .. id) end
end

for i = 6, #ARGV, 4 do work[ARGV[i]](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]) end
flush()
return 0
