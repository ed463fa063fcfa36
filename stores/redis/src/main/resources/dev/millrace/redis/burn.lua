-- Makes sure that jobs will not be stored here, or run again here, on the strength of reservations of their keys, so that those
-- may be given to others. A later reservation of the same job is another one.
-- ARGV: for each: 3 id, since when its key was reserved
-- Result: for each 1 if there is such a job, unfinished, and nothing was done
allowAnyway()
-- What is older than these is taken for burned anyway.
call('ZREMRANGEBYSCORE', burned, '-inf', told(now - BELIEVED))
local reply = {}
for i = 3, #ARGV, 2 do
  local head = call('GET', base .. ':h:' .. ARGV[i])
  local holds = 0
  if head and unpacked('B', head) < SUCCEEDED then holds = 1 end
  if holds == 0 then call('ZADD', burned, 'GT', ARGV[i + 1], ARGV[i]) end
  reply[#reply + 1] = holds
end
return reply
