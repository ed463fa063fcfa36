-- Lets a session claim in this partition; in its home, opens it first.
-- ARGV: 3 session, 4 worker, then at home 5 status
-- Result: 1 if the session is open, 0 if it was closed before
local session = ARGV[3]
if ARGV[5] then
  local record = base .. ':session:' .. session
  if call('HEXISTS', record, 'opened') == 0 then
    call('HSET', record, 'opened', told(now), 'heard', told(now))
    call('SADD', base .. ':sessions', session)
  end
  call('HSET', record, 'worker', ARGV[4], 'status', ARGV[5])
  if call('HEXISTS', record, 'closed') == 1 then return 0 end
end
call('SADD', open, session)
call('HSET', workers, session, ARGV[4])
return 1
