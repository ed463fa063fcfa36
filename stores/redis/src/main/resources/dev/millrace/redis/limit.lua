-- Takes in what is set for queues of this partition (limits.lua). What was read later wins.
-- ARGV: 3 version of what was read, 4 "all" if these are all that have limits; then each queue and its limits from the time on until
--   when they hold, or nothing
-- Result: 1
allowAnyway()
local version = tonumber(ARGV[3])
local kept, rated = base .. ':limits', base .. ':rated'
local all = tonumber(call('HGET', numbers, 'limits') or '0')
local named = {}
if version < all then return 1 end

local function older(queue)
  local before = call('HGET', kept, queue)
  return not before or unpacked('>d', before) <= version
end

for i = 5, #ARGV, 2 do
  local queue, value = ARGV[i], ARGV[i + 1]
  named[queue] = true
  if older(queue) then
    call('HSET', kept, queue, pack('>d', version) .. value)
    local _, interval = 0, 0
    if value ~= '' then _, interval = unpacked('>dd', value) end
    call(interval > 0 and 'SADD' or 'SREM', rated, queue)
  end
end
if ARGV[4] == 'all' then
  for _, queue in ipairs(call('HKEYS', kept)) do
    if not named[queue] and older(queue) then
      call('HDEL', kept, queue)
      call('SREM', rated, queue)
    end
  end
  call('HSET', numbers, 'limits', version)
end
return 1
