-- Keeps unique keys homed here taken for a while, of jobs that have ended elsewhere, unless they were reserved anew since.
-- ARGV: for each: 3 id, the stamp of its reservation, until when, name of the key
allowAnyway()
for i = 3, #ARGV, 4 do
  local name, til = ARGV[i + 3], tonumber(ARGV[i + 2])
  local holder, since, to, stamp = holderOf(name)
  if holder == ARGV[i] and stamp == tonumber(ARGV[i + 1]) then
    if til <= now then
      call('HDEL', unique, name)
    else
      call('HSET', unique, name, pack(HOLDER, holder, since, to, stamp) .. pack('>d', til))
      call('ZADD', base .. ':lapsing', told(til), name)
    end
  end
end
return 0
