-- Reserves unique keys that are homed here for jobs that will live in other partitions.
-- ARGV: for each: 3 id, its partition, the stamp, the name of the key
-- Result: for each the id that holds the key now, the partition of that job, 1 if that reservation is older than a lease
local reply = {}
for i = 3, #ARGV, 4 do
  local id, to, stamp, name = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]
  local kept = call('HGET', unique, name)
  local holder, since = id, now
  if kept then holder, since, to = unpacked(HOLDER, kept) end
  if not kept or (holder == id and stamp ~= 0) then call('HSET', unique, name, pack(HOLDER, id, now, to, stamp)) end
  local size = #reply
  reply[size + 1], reply[size + 2] = holder, to
  reply[size + 3] = now - since > RESERVED and 1 or 0
end
return reply
