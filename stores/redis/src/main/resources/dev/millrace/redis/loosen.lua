-- Lets jobs that live here go: their workflow has ended, or a child of theirs is deleted.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; then for each: the job, the head or child, its partition, 1 if it is deleted
allowAnyway()
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
for i = 6, #ARGV, 4 do
  if ARGV[i + 3] == '0' then
    flow.letGo(ARGV[i], ARGV[i + 1])
  else
    flow.orphan(ARGV[i], ARGV[i + 1])
    call('ZREM', base .. ':y:' .. ARGV[i], ARGV[i + 1] .. pack('>I2', tonumber(ARGV[i + 2])))
  end
end
flush()
return 0
