-- Reserves unique keys that are homed here for jobs that will live in other partitions.
-- ARGV: for each: 3 id, its partition, the stamp, what else it may take the key
--   from (1 an earlier reservation of its own, or a job and since when it has held the key, 0 nothing), the name of the key
-- Result: for each the id that holds the key now, the partition of that job, since when, 1 if that is longer than a lease ago
local reply = {}
for i = 3, #ARGV, 5 do
  local id, to, stamp, name = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 4]
  local holder, since, lives = holderOf(name)
  local from = ARGV[i + 3]
  local passes = holder and ((holder == id and from == '1') or from == pack('>c16d', holder, since))
  if holder and not passes then
    to = lives
  else
    -- Later than the one before, even where the clock was set back.
    since = math.max(now, (since or 0) + 1)
    holder = id
    call('HSET', unique, name, pack(HOLDER, id, since, to, stamp))
  end
  local size = #reply
  reply[size + 1], reply[size + 2], reply[size + 3] = holder, to, told(since)
  reply[size + 4] = now - since > RESERVED and 1 or 0
end
return reply
