-- Stores the result of a step.
-- ARGV: 3 id, 4 token, 5 step, 6 value
-- Result: 1 if the run owns the job
allowAnyway()
local id = ARGV[3]
load({id})
local job = jobs[id]
if not job or job.state ~= RUNNING or job.token ~= tonumber(ARGV[4]) then return 0 end
call('HSET', base .. ':k:' .. id, ARGV[5], ARGV[6])
if band(job.flags, STEPS) == 0 then
  job.flags = job.flags + STEPS
  save(job)
  flush()
end
return 1
