-- Tells children that live here of parents that live elsewhere.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; then for each: the child, the parent, the number of the parent's news (0 for
--   none: it only knows of the child now), the verdict, or "missed" where the parent never came
-- Result: for each 0 if the child is not there or does not wait for that parent, 1 if it is unfinished, 2 if it has ended; then 1 if
--   there are letters here now
allowAnyway()
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local reply = {}
for i = 6, #ARGV, 4 do
  local id, parent, number, verdict = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local found = 1
  if verdict == 'missed' then
    flow.missed(id, parent)
  elseif number == 0 then
    flow.known(id, parent, 0, flow.unknown)
  else
    found = flow.hear(id, parent, number, tonumber(verdict))
  end
  reply[#reply + 1] = found
end
flush()
effects()
-- A child may have ended by what others of this call caused.
for i = 6, #ARGV, 4 do
  local job = jobs[ARGV[i]]
  local at = (i - 2) / 4
  if reply[at] == 1 and job and job.state >= SUCCEEDED then reply[at] = 2 end
end
reply[#reply + 1] = call('EXISTS', letters)
return reply
