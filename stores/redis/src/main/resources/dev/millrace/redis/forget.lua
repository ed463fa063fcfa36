-- Forgets closed sessions, at their home, once they hold nothing anywhere.
-- ARGV: 3... sessions
allowAnyway()
for i = 3, #ARGV do
  call('SREM', base .. ':sessions', ARGV[i])
  call('UNLINK', base .. ':session:' .. ARGV[i])
end
return 0
