-- Makes sure that jobs will not be stored here, or run again here, on the strength of reservations of their keys, so that those
-- may be given to others. A later reservation of the same job is another one.
-- ARGV: for each: 3 id, since when its key was reserved
-- Result: for each 1 if there is such a job, unfinished or in its key's window, and nothing was done
allowAnyway()
-- What is older than these is taken for burned anyway.
call('ZREMRANGEBYSCORE', burned, '-inf', told(now - BELIEVED))
local reply = {}

-- Whether a job holds its key: it is unfinished, or the time is not over for which its key stays taken (dependencies.lua, FACTS).
local function stillHolds(job)
  if job.state < SUCCEEDED then return true end
  local facts = band(job.flags, FLOW) ~= 0 and call('GET', base .. ':f:' .. job.id)
  if not facts then return false end
  local _, window = unpacked('>Bd', facts)
  return window > 0 and job.finished + window > now
end

for i = 3, #ARGV, 2 do
  local head = call('GET', base .. ':h:' .. ARGV[i])
  local holds = head and stillHolds(parse(ARGV[i], head)) and 1 or 0
  if holds == 0 then call('ZADD', burned, 'GT', ARGV[i + 1], ARGV[i]) end
  reply[#reply + 1] = holds
end
return reply
