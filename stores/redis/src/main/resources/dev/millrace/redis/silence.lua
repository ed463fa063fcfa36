-- Closes sessions that were not heard of for a lease, at their home. After a pause in sweeping longer than a lease, and
-- before the first sweep there was one, live sessions first get one lease to be heard.
-- ARGV: 3 lease
-- Result: for each session its id and 0 if it is closed, 1 if it has been so for an hour, 2 if it is open
allowAnyway()
local lease = tonumber(ARGV[3])
local kept = call('HMGET', numbers, 'swept', 'patience')
local swept, patience = tonumber(kept[1] or ''), tonumber(kept[2] or '0')
local waits = not swept or now - swept > lease
if waits then patience = now + lease end
if now < patience then
  -- A clock that was set back must not keep rescue waiting for longer than a lease.
  patience = math.min(patience, now + lease)
  waits = true
end
call('HSET', numbers, 'swept', told(now), 'patience', told(patience))
local reply = {}
for _, session in ipairs(call('SMEMBERS', base .. ':sessions')) do
  local record = base .. ':session:' .. session
  local times = call('HMGET', record, 'heard', 'closed')
  local closed = times[2]
  if not closed and not waits and now - tonumber(times[1]) > lease then
    closed = told(now)
    call('HSET', record, 'closed', closed)
    call('SREM', open, session)
  end
  reply[#reply + 1] = session
  reply[#reply + 1] = not closed and 2 or now - tonumber(closed) > 3600000000 and 1 or 0
end
return reply
