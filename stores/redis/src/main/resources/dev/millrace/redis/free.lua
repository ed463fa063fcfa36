-- Frees unique keys homed here, of jobs that have ended elsewhere or were never stored, unless they were reserved anew since.
-- ARGV: for each: 3 id; "stamp" or "since", and which one its reservation must have; name of the key
allowAnyway()
for i = 3, #ARGV, 4 do
  local kept = call('HGET', unique, ARGV[i + 3])
  if kept then
    local holder, since, _, stamp = unpacked(HOLDER, kept)
    local has = ARGV[i + 1] == 'since' and since or stamp
    if holder == ARGV[i] and has == tonumber(ARGV[i + 2]) then call('HDEL', unique, ARGV[i + 3]) end
  end
end
return 0
