-- Reserves unique keys that are homed here for jobs that will live in other partitions.
-- ARGV: 3 lease; then for each: id, its partition, name of the key
-- Result: for each the id that holds the key now, the partition of that job, 1 if that reservation is older than a lease
local reply = {}
for i = 4, #ARGV, 3 do
  local id, to, name = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local kept = call('HGET', unique, name)
  local holder, since = id, now
  if kept then
    holder, since, to = unpacked('>c16dI2', kept)
  else
    call('HSET', unique, name, id .. pack('>dI2', now, to))
  end
  local size = #reply
  reply[size + 1], reply[size + 2] = holder, to
  reply[size + 3] = now - since > tonumber(ARGV[3]) and 1 or 0
end
return reply
