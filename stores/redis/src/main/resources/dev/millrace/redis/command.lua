-- Leaves a command for an open session, at its home.
-- ARGV: 3 session, 4 command
-- Result: 1 if it is open
local record = base .. ':session:' .. ARGV[3]
if call('HEXISTS', record, 'opened') == 0 or call('HEXISTS', record, 'closed') == 1 then return 0 end
call('HSET', record, 'command', ARGV[4])
return 1
