-- Closes a session at its home: a compare-and-set, and final.
-- ARGV: 3 session
-- Result: 1 if this call closed it
allowAnyway()
local record = base .. ':session:' .. ARGV[3]
if call('HEXISTS', record, 'opened') == 0 or call('HEXISTS', record, 'closed') == 1 then return 0 end
call('HSET', record, 'closed', told(now))
call('SREM', open, ARGV[3])
return 1
