-- Stores jobs as they were; those that exist are left alone.
-- ARGV: 3 the number of lanes, then their names; then for each job:
--   fixed: id, lane (index above), what follows (1 large payload, 2 result, 4 failure, 8 progress, 16 key), how many runs,
--     lines, steps
--   its head, what its producer said, what follows in the order above, the runs, the lines, names and values of the steps
-- Result: for each job 1 if it was new
local laneCount = tonumber(ARGV[3])
local arg = 4 + laneCount
local answers = {}
local PARTS = {[1] = ':b:', [2] = ':o:', [4] = ':e:', [8] = ':g:', [16] = ':q:'}
while ARGV[arg] do
  local id, lane, has, runs, lines, steps = unpacked('>c16I2BI2I4I2', ARGV[arg])
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
    job.lane = laneOf(ARGV[3 + lane])
    job.arrival = arrivalsFor(1) + 1
    write(base .. ':s:' .. id, spec)
    add(ids, 0, id)
    add(arrivals, job.arrival, id)
    for i = arg, arg + runs - 1 do call('RPUSH', base .. ':u:' .. id, ARGV[i]) end
    if lines > 0 then addLog(job, arg + runs, lines) end
    for i = arg + runs + lines, arg + runs + lines + steps * 2 - 1, 2 do
      call('HSET', base .. ':k:' .. id, ARGV[i], ARGV[i + 1])
    end
    if job.state < SUCCEEDED then takeKey(job) end
    place(job)
    flush()
  end
  answers[#answers + 1] = isNew and 1 or 0
  arg = arg + runs + lines + steps * 2
end
return answers
