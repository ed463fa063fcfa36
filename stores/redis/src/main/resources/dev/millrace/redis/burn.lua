-- Makes sure that reserved ids will not be stored here, so that their keys may be given to others.
-- ARGV: 3... ids
-- Result: for each 1 if there is such a job, unfinished, and nothing was done
allowAnyway()
local burned = base .. ':burned'
call('ZREMRANGEBYSCORE', burned, '-inf', told(now))
local reply = {}
for i = 3, #ARGV do
  local head = call('GET', base .. ':h:' .. ARGV[i])
  local holds = 0
  if head and unpacked('B', head) < SUCCEEDED then holds = 1 end
  if not head then call('ZADD', burned, now + 3600000000, ARGV[i]) end
  reply[#reply + 1] = holds
end
return reply
