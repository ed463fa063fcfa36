-- Stores jobs as they were; those that exist are left alone.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 the number of lanes, then their names; then for each job:
--   fixed: id, lane (index above), what follows (1 large payload, 2 result, 4 failure, 8 progress, 16 key), how many runs,
--     lines, steps; behind it, if anything ties it to others, how many parents, each: id, partition, wish, verdict, queue; then its
--     facts
--   its head, what its producer said, what follows in the order above, the runs, the lines, names and values of the steps
-- Result: for each job 1 if it was new
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
-- So long may parents come after their children.
local PATIENCE = 86400000000
local laneCount = tonumber(ARGV[6])
local arg = 7 + laneCount
local answers = {}
local PARTS = {[1] = ':b:', [2] = ':o:', [4] = ':e:', [8] = ':g:', [16] = ':q:'}

-- Reads what ties a job to others: its parents.
local function tie(job, text, at)
  local parents, count = {}
  count, at = unpacked('>I4', text, at)
  for i = 1, count do
    local id, home, wish, verdict, queue
    id, home, wish, verdict, queue, at = unpacked('>c16I2BBI2c0', text, at)
    parents[i] = {id, home, wish, queue, verdict}
  end
  flow.keep(job, flow.parse(sub(text, at)))
  return parents
end

while ARGV[arg] do
  local fixed = ARGV[arg]
  local id, lane, has, runs, lines, steps, behind = unpacked('>c16I2BI2I4I2', fixed)
  local isNew = call('EXISTS', base .. ':h:' .. id) == 0
  local head, spec = ARGV[arg + 1], ARGV[arg + 2]
  arg = arg + 3
  for bit = 0, 4 do
    local flag = 2 ^ bit
    if band(has, flag) ~= 0 then
      if isNew then call('SET', base .. PARTS[flag] .. id, ARGV[arg]) end
      arg = arg + 1
    end
  end
  if isNew then
    local job = parse(id, head)
    job.lane = laneOf(ARGV[6 + lane])
    job.arrival = arrivalsFor(1) + 1
    write(base .. ':s:' .. id, spec)
    add(ids, 0, id)
    add(arrivals, job.arrival, id)
    for i = arg, arg + runs - 1 do call('RPUSH', base .. ':u:' .. id, ARGV[i]) end
    if lines > 0 then addLog(job, arg + runs, lines) end
    for i = arg + runs + lines, arg + runs + lines + steps * 2 - 1, 2 do
      call('HSET', base .. ':k:' .. id, ARGV[i], ARGV[i + 1])
    end
    jobs[id] = job
    local parents = behind <= #fixed and tie(job, fixed, behind) or {}
    uniques.imported(job)
    -- What was READY stays so, and has its place.
    if job.state == READY and ready(job) == BLOCKED then groups.hold(job) end
    place(job)
    if #parents > 0 then flow.attach(job, parents, now + PATIENCE) end
    flow.enter(job)
    flush()
  end
  answers[#answers + 1] = isNew and 1 or 0
  arg = arg + runs + lines + steps * 2
end
-- Nobody is let through: limits come last.
while flow.pending() do
  flush()
  flow.spread()
  flush()
end
groups.leaveForLater()
return answers
