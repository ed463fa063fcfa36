-- Reads all sessions, at their home.
-- Result: for each its id, worker, status, opened, heard, closed
local reply = {}
for _, session in ipairs(call('SMEMBERS', base .. ':sessions')) do
  local record = call('HMGET', base .. ':session:' .. session, 'worker', 'status', 'opened', 'heard', 'closed')
  reply[#reply + 1] = session
  for i = 1, 5 do reply[#reply + 1] = record[i] or '' end
end
return reply
