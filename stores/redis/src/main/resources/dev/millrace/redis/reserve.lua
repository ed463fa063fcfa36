-- Reserves unique keys that are homed here for jobs that will live in other partitions.
-- ARGV: for each: 3 id, its partition, the stamp, 1 if a reservation of its own is to be renewed, the name of the key
-- Result: for each the id that holds the key now, the partition of that job, since when, 1 if that is longer than a lease ago
local reply = {}
for i = 3, #ARGV, 5 do
  local id, to, stamp, name = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 4]
  local kept = call('HGET', unique, name)
  local holder, since = id, now
  if kept then holder, since, to = unpacked(HOLDER, kept) end
  if not kept or (holder == id and ARGV[i + 3] == '1') then
    -- Later than the one before, even where the clock was set back.
    if kept then since = math.max(now, since + 1) end
    call('HSET', unique, name, pack(HOLDER, id, since, to, stamp))
  end
  local size = #reply
  reply[size + 1], reply[size + 2], reply[size + 3] = holder, to, told(since)
  reply[size + 4] = now - since > RESERVED and 1 or 0
end
return reply
