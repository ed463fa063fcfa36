-- Stores jobs, all or none.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 the number of lanes, then their names; then for each job four:
--   what is fixed: id, lane (index above), due is relative, due, expiry is relative, expiry, priority, keep for, since when its
--     key is reserved where that is homed elsewhere; behind it, if anything ties it to others, TIES, its parents, its facts
--   what its producer said; a large payload or nothing; the home and name of its unique key or nothing
-- Result: one text per job: "S" stored, "K" known, "D" and the holder's id, "R" and the id of the holder that was replaced; or with
--   the holder's id and partition, and since when, "O" where that holder has only reserved the key, for long, and may never come,
--   or "C" where it lives elsewhere and may be replaced, or lose the key; or "B" where the reservation of the key has lapsed: it
--   may have gone to another.
--   Or a single text, and nothing is stored: "M", a job, and one that it waits for and that does not exist; "W", the number of a job
--   that another waits for, and its "O" or "C" as above
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local FIXED = '>c16I2BdBdhdd'
-- What becomes of a key that is held (1 its holder is replaced, 2 and keeps its due time, 4 a RUNNING holder loses it); 1 if a parent
-- that is not here refuses the call; how many parents, each: id, partition, wish, queue
local TIES, PARENT = '>BBI4', '>c16I2BI2c0'
local NO_TIES = {rule = 0, strict = 0, parents = {}}

local laneCount = tonumber(ARGV[6])
local laneNumbers = {}

-- A lane is made for a job that is stored, not for one that is known already.
local function laneAt(index)
  local lane = laneNumbers[index] or laneOf(ARGV[6 + index])
  laneNumbers[index] = lane
  return lane
end

local first = 7 + laneCount
local wanted, ties, tied = {}, {}, false
for at = first, #ARGV, 4 do wanted[#wanted + 1] = sub(ARGV[at], 1, 16) end
load(wanted)
local buried = {}
if call('EXISTS', gone) == 1 then
  for from = 1, #wanted, 4000 do
    local part = call('ZMSCORE', gone, unpack(wanted, from, math.min(from + 3999, #wanted)))
    for i = 1, #part do
      if part[i] and tonumber(part[i]) > now then buried[wanted[from + i - 1]] = true end
    end
  end
end

local fixedSize = struct.size(FIXED)
for index = 1, #wanted do
  local fixed = ARGV[first + (index - 1) * 4]
  if #fixed > fixedSize then
    local rule, strict, count, at = unpacked(TIES, fixed, fixedSize + 1)
    local parents = {}
    for i = 1, count do
      local id, home, wish, queue
      id, home, wish, queue, at = unpacked(PARENT, fixed, at)
      parents[i] = {id, home, wish, queue}
    end
    ties[index] = {rule = rule, strict = strict, parents = parents, facts = at <= #fixed and flow.parse(sub(fixed, at))}
    tied = true
  end
end

-- Looks ahead at what will be stored, by the rules by which it is: what to answer if one of those waits for a job that is neither here
-- nor comes along, or whose key is to be settled before it is known whether it does.
local function missing()
  local coming, taken, asked, unsettled = {}, {}, {}, {}
  for index, id in ipairs(wanted) do
    local key = ARGV[first + (index - 1) * 4 + 3]
    local free = not buried[id]
    if free and key ~= '' and not jobs[id] then
      local home, _, from = unpacked(KEY, key)
      local name = sub(key, from)
      local answer = home == partition and conflict(id, name, (ties[index] or NO_TIES).rule)
      local letter = answer and sub(answer, 1, 1)
      if letter == 'C' or letter == 'O' then
        unsettled[id] = 'W' .. pack('>I4', index - 1) .. answer
        answer = nil
      end
      free = not answer and not taken[name]
      taken[name] = taken[name] or free
    end
    if free then coming[id] = true end
    for _, parent in ipairs((ties[index] or NO_TIES).parents) do asked[#asked + 1] = parent[1] end
    local facts = ties[index] and ties[index].facts
    if facts and facts.head ~= NOBODY then asked[#asked + 1] = facts.head end
  end
  load(asked)
  local toSettle
  for index, id in ipairs(wanted) do
    local of = ties[index]
    if of and of.strict == 1 and not jobs[id] and not buried[id] then
      for _, parent in ipairs(of.parents) do
        if not jobs[parent[1]] then
          if not coming[parent[1]] then return 'M' .. id .. parent[1] end
          toSettle = toSettle or unsettled[parent[1]]
        end
      end
      local head = of.facts and of.facts.head ~= NOBODY and of.facts.head
      if head and not jobs[head] and not coming[head] then return 'M' .. id .. head end
    end
  end
  return toSettle
end

if tied then
  local answer = missing()
  if answer then return {answer} end
end

local arrival = arrivalsFor(#wanted)
if tied then groups.budget = groups.budget + #wanted end
local answers, fresh = {}, {}

for index = 1, #wanted do
  local at = first + (index - 1) * 4
  local id = wanted[index]
  local key = ARGV[at + 3]
  local tie = ties[index] or NO_TIES
  local _, lane, later, moment, ends, expiry, priority, keepFor, reserved = unpacked(FIXED, ARGV[at])
  local answer, other
  if jobs[id] or buried[id] then
    answer = 'K'
  elseif key ~= '' then
    local home, _, from = unpacked(KEY, key)
    if home ~= partition then
      answer = lapsed(id, reserved) and 'B'
    else
      answer, other = conflict(id, sub(key, from), tie.rule)
      if other and not answer then uniques.lose(other) end
    end
  end
  local delay = later == 1 and math.max(0, moment)
  if later == 1 then moment = now + moment end
  if moment < now then moment = now end
  if ends == 1 then expiry = now + expiry end
  if expiry < now then expiry = now end
  if answer and other then
    uniques.replace(other, {spec = ARGV[at + 1], large = ARGV[at + 2], due = moment, delay = delay, expires = expiry,
      priority = priority, keepFor = keepFor, keepsDue = band(tie.rule, KEEPS_DUE) ~= 0,
      window = tie.facts and tie.facts.window or 0})
  end
  if answer then
    answers[index] = answer
  else
    arrival = arrival + 1
    local facts = tie.facts
    local flags = (ARGV[at + 2] ~= '' and LARGE or 0) + (key ~= '' and UNIQUE or 0)
    local job = {id = id, state = moment > now and SCHEDULED or READY, reason = 0, last = 255, flags = flags,
      priority = priority, lane = laneAt(lane), token = 0, attempt = 0, snoozes = 0, rescues = 0,
      arrival = arrival, created = now, due = moment, expires = expiry, started = NEVER, finished = NEVER,
      keep = NEVER, keepFor = keepFor, exchange = 0, session = NOBODY, tail = '', dirty = false, off = false}
    jobs[id] = job
    write(base .. ':s:' .. id, ARGV[at + 1])
    if ARGV[at + 2] ~= '' then write(base .. ':b:' .. id, ARGV[at + 2]) end
    if key ~= '' then
      call('SET', base .. ':q:' .. id, key)
      uniques.own(job)
    end
    add(ids, 0, id)
    add(arrivals, arrival, id)
    if facts then
      flow.keep(job, facts)
      fresh[#fresh + 1] = {job, tie.parents, id}
      if flow.waitsAtFirst(job) then
        job.state, job.reason, job.exchange = BLOCKED, BY_PARENTS, delay and delay + 1 or 0
      elseif job.state == READY then
        job.state, job.reason = ready(job)
      end
    end
    place(job)
    answers[index] = 'S'
  end
end
flush()

if #writers == 0 then return answers end
-- All are there: those that wait for others are made known to them.
for _, one in ipairs(fresh) do flow.enter(one[1]) end
for _, one in ipairs(fresh) do
  if #one[2] > 0 then flow.attach(one[1], one[2]) end
end
for _, one in ipairs(fresh) do flow.judge(one[1]) end
flush()
effects()
return answers
