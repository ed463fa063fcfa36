-- Settles what becomes of keys that jobs which live here hold, and others want.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; then for each: the holder; what is fixed of the new job, with its ties, as
--   enqueue.lua has it; what its producer said; a large payload or nothing
-- Result: for each "R" the holder waits, and is the new job from now on, "P" it runs, and the key may pass, "D" it keeps the key
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local FIXED, TIES = '>c16I2BdBdhdd', '>BBI4'
local REPLACES, KEEPS_DUE, TAKES_OVER = 1, 2, 4
local reply = {}
for i = 6, #ARGV, 4 do
  local fixed = ARGV[i + 1]
  local _, _, later, moment, ends, expiry, priority, keepFor, _, at = unpacked(FIXED, fixed)
  local rule, _, count
  rule, _, count, at = unpacked(TIES, fixed, at)
  for _ = 1, count do at = select(5, unpacked('>c16I2BI2c0', fixed, at)) end
  local window = at <= #fixed and flow.parse(sub(fixed, at)).window or 0
  load({ARGV[i]})
  local job = jobs[ARGV[i]]
  local answer = 'D'
  if job and job.state == RUNNING and band(rule, REPLACES + TAKES_OVER) ~= 0 then
    answer = 'P'
    if band(job.flags, UNIQUE) ~= 0 then uniques.lose(job) end
    flush()
  elseif job and job.state < RUNNING and band(rule, REPLACES) ~= 0 then
    answer = 'R'
    local due, expires = later == 1 and now + moment or moment, ends == 1 and now + expiry or expiry
    uniques.replace(job, {spec = ARGV[i + 2], large = ARGV[i + 3], due = math.max(due, now),
      delay = later == 1 and math.max(0, moment), expires = math.max(expires, now), priority = priority, keepFor = keepFor,
      keepsDue = band(rule, KEEPS_DUE) ~= 0, window = window})
    flush()
  end
  reply[#reply + 1] = answer
end
effects()
return reply
