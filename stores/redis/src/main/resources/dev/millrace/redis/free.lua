-- Frees unique keys homed here, of jobs that have ended elsewhere or were never stored.
-- ARGV: for each: 3 id, the stamp of its reservation or "any", name of the key
allowAnyway()
for i = 3, #ARGV, 3 do
  local kept = call('HGET', unique, ARGV[i + 2])
  if kept then
    local holder, _, _, stamp = unpacked(HOLDER, kept)
    if holder == ARGV[i] and (ARGV[i + 1] == 'any' or tonumber(ARGV[i + 1]) == stamp) then
      call('HDEL', unique, ARGV[i + 2])
    end
  end
end
return 0
