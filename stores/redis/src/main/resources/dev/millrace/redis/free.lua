-- Frees unique keys homed here, of jobs that have ended elsewhere or were never stored.
-- ARGV: 3... id and name of the key
for i = 3, #ARGV, 2 do
  local kept = call('HGET', unique, ARGV[i + 1])
  if kept and sub(kept, 1, 16) == ARGV[i] then call('HDEL', unique, ARGV[i + 1]) end
end
return 0
