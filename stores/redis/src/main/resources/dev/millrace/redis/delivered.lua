-- Drops letters of the outbox that have arrived, unless they were replaced by newer ones since.
-- ARGV: for each: 3 id, the letter
allowAnyway()
for i = 3, #ARGV, 2 do
  if call('HGET', outbox, ARGV[i]) == ARGV[i + 1] then call('HDEL', outbox, ARGV[i]) end
end
return 0
