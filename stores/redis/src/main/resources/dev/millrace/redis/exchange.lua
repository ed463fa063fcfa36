-- Settles outcomes, promotes what is due, and claims.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 session; 7 the exchange's number; 8 the call's number, which grows
--     within the session; 9 how many settlements, each:
--     fixed: id, token, end, flags (1 started, 2 has a result or failure, 4 has progress), lines of log, ran, delay
--     then, as the flags say, the result or failure, the progress, the lines
--   then the claim: "" for none; "one", id; or "next", limit, struck, least priority, "but" or "in", how many queues,
--     the queues; then how many kinds, the kinds
-- Result: 1 if the session is open, 2 if a call of this number or a later one has claimed before, so that nothing was claimed;
--   now; when the next falls due; one letter per settlement (A applied, R recorded already, S stale); 1 if READY jobs that fit
--   were left, 2 more if a struck one was, 4 more if the outbox is not empty; then for each claimed job its id, head and what
--   its producer said
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
allowAnyway()
local session, exchange, number, settlements = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local arg = 10

local function settle(job, token, finish, flags, ran, delay, value, progress, lines, linesFrom)
  if not job or token > job.token then return 'S' end
  if job.state ~= RUNNING or job.token ~= token then return recorded(job, token, finish) and 'R' or 'S' end
  if progress then write(base .. ':g:' .. job.id, progress) end
  if lines > 0 then addLog(job, linesFrom, lines) end
  local started = band(flags, 1) ~= 0
  job.started = started and now - ran or NEVER
  job.tail = ''
  local failure = (finish == RETRIED or finish == FAILURE) and value or ''
  if finish == SUCCESS then
    job.tail = workerOf(job)
  elseif started then
    addRun(job, job.token, finish, workerOf(job), now, failure)
  end
  job.last = finish
  if failure ~= '' then write(base .. ':e:' .. job.id, failure) end
  if band(job.flags, CANCEL_ASKED) ~= 0 or finish == CANCELLATION then
    move(job, CANCELLED, REQUESTED)
  elseif finish == SUCCESS then
    if value then write(base .. ':o:' .. job.id, value) end
    move(job, SUCCEEDED)
  elseif finish == FAILURE then
    move(job, FAILED)
  elseif finish == EXPIRY or expired(job) then
    move(job, CANCELLED, EXPIRED)
  elseif finish == HANDED_BACK then
    job.attempt = job.attempt - 1
    move(job, READY)
  else
    if finish == SNOOZED then
      job.attempt = job.attempt - 1
      job.snoozes = job.snoozes + 1
    end
    job.due = now + delay
    move(job, delay > 0 and SCHEDULED or READY)
  end
  return 'A'
end

local parsed, wanted = {}, {}
for i = 1, settlements do
  local id, token, finish, flags, lines, ran, delay = unpacked('>c16dBBI2dd', ARGV[arg])
  arg = arg + 1
  local value, progress
  if band(flags, 2) ~= 0 then
    value = ARGV[arg]
    arg = arg + 1
  end
  if band(flags, 4) ~= 0 then
    progress = ARGV[arg]
    arg = arg + 1
  end
  parsed[i] = {id, token, finish, flags, ran, delay, value or false, progress or false, lines, arg}
  wanted[i] = id
  arg = arg + lines
end
load(wanted)
local answers = {}
for i = 1, settlements do
  local p = parsed[i]
  answers[i] = settle(jobs[p[1]], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10])
end
flush()
lively = {}

promote(1000)

local claimed = {}
local left = 0
local isOpen = call('SISMEMBER', open, session)

local function begin(job)
  lift(job)
  job.state = RUNNING
  job.token = job.token + 1
  job.attempt = job.attempt + 1
  job.last = 255
  job.tail = ''
  job.session = session
  job.exchange = exchange
  job.started = now
  place(job)
  claimed[#claimed + 1] = job
end

local function texts()
  local set = {}
  local count = tonumber(ARGV[arg])
  for i = arg + 1, arg + count do set[ARGV[i]] = i end
  arg = arg + count + 1
  return set, count
end

local function claimOne()
  local id = ARGV[arg]
  arg = arg + 1
  local kinds = texts()
  load({id})
  local job = jobs[id]
  if not job or (job.state ~= READY and job.state ~= SCHEDULED) then return end
  if not kinds[(kindAndQueue(laneName(job.lane)))] then return end
  if expired(job) then move(job, CANCELLED, EXPIRED) else begin(job) end
end

-- Sources are lanes, read in pieces; the heap has the one with the first head on top.
local heap

local function before(a, b)
  if a.score ~= b.score then return a.score < b.score end
  return a.order < b.order
end

local function push(source)
  local at = #heap + 1
  while at > 1 do
    local up = math.floor(at / 2)
    if not before(source, heap[up]) then break end
    heap[at] = heap[up]
    at = up
  end
  heap[at] = source
end

local function pop()
  local top, last = heap[1], heap[#heap]
  local size = #heap - 1
  heap[size + 1] = nil
  if size > 0 then
    local at = 1
    while true do
      local down = at * 2
      if down > size then break end
      if down < size and before(heap[down + 1], heap[down]) then down = down + 1 end
      if not before(heap[down], last) then break end
      heap[at] = heap[down]
      at = down
    end
    heap[at] = last
  end
  return top
end

local most

-- Sets the source to its next job; false when it has none.
local function advance(source)
  source.at = source.at + 2
  if not source.piece[source.at] then
    if source.all then
      source.lane.drained = source.lane.drained or not source.struck
      return false
    end
    source.piece = call('ZRANGEBYSCORE', source.key, '-inf', most, 'WITHSCORES', 'LIMIT', source.taken, source.size)
    source.all = #source.piece < source.size * 2
    source.at = 1
  end
  if not source.piece[source.at] then
    source.lane.drained = source.lane.drained or not source.struck
    return false
  end
  source.member = source.piece[source.at]
  source.order = sub(source.member, 1, 19)
  source.score = tonumber(source.piece[source.at + 1])
  return true
end

local function claimFrom(fitting, limit, struck)
  local sources = {}
  for _, lane in ipairs(fitting) do
    sources[#sources + 1] = {key = base .. ':r:' .. lane.number, lane = lane, struck = false}
    if struck > 0 then sources[#sources + 1] = {key = base .. ':x:' .. lane.number, lane = lane, struck = true} end
  end
  heap = {}
  local size = math.max(1, math.min(limit, math.ceil(limit / #sources * 2) + 4))
  for _, source in ipairs(sources) do
    source.taken, source.piece, source.at, source.all = 0, {}, -1, false
    source.size = source.struck and math.min(struck, limit) or size
    if advance(source) then push(source) end
  end
  while limit > 0 and heap[1] do
    local picked, parked = {}, {}
    while #picked < limit and heap[1] do
      local source = pop()
      if source.struck and struck == 0 then
        parked[#parked + 1] = source
      else
        picked[#picked + 1] = sub(source.member, 20)
        source.taken = source.taken + 1
        if source.struck then struck = struck - 1 end
        if advance(source) then push(source) end
      end
    end
    load(picked)
    for i = 1, #picked do
      local job = jobs[picked[i]]
      if not job or job.state ~= READY then
        -- An entry without a READY job goes with those that were taken.
      elseif expired(job) then
        job.off = true
        if job.rescues > 0 then struck = struck + 1 end
        move(job, CANCELLED, EXPIRED)
      else
        limit = limit - 1
        job.off = true
        begin(job)
      end
    end
    for i = 1, #parked do push(parked[i]) end
    if #picked == 0 then break end
  end
  for _, source in ipairs(sources) do
    if source.taken > 0 then call('ZREMRANGEBYRANK', source.key, 0, source.taken - 1) end
  end
  return limit, struck
end

local function claimNext()
  local limit, struck, least = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local but = ARGV[arg + 3] == 'but'
  arg = arg + 4
  local first = arg + 1
  local queues, queueCount = texts()
  local kinds = texts()
  most = format('%.0f', (1000 - least) * BAND + BAND - 1)
  local fitting = {}
  for _, entry in ipairs(call('SMEMBERS', live)) do
    local number, at = unpacked('>I4', entry)
    local kind, queue = kindAndQueue(sub(entry, at))
    if kinds[kind] and (queues[queue] == nil) == but then
      fitting[#fitting + 1] = {number = number, queue = queue, entry = entry}
    end
  end
  if #fitting == 0 then return end
  if but then
    limit, struck = claimFrom(fitting, limit, struck)
  else
    for i = first, first + queueCount - 1 do
      local ofQueue = {}
      for _, lane in ipairs(fitting) do
        if lane.queue == ARGV[i] then ofQueue[#ofQueue + 1] = lane end
      end
      if limit > 0 and #ofQueue > 0 then limit, struck = claimFrom(ofQueue, limit, struck) end
    end
  end
  local waiting = {}
  for i, lane in ipairs(fitting) do
    waiting[i] = base .. ':x:' .. lane.number
    if not lane.drained then
      left = 1
    elseif call('EXISTS', base .. ':r:' .. lane.number, waiting[i]) == 0 then
      leave(live, lane.entry)
    end
  end
  for from = 1, #waiting, 4000 do
    if call('EXISTS', unpack(waiting, from, math.min(from + 3999, #waiting))) > 0 then left = bor(left, 2) end
  end
end

local what = ARGV[arg]
arg = arg + 1
if isOpen == 1 and what ~= '' then
  -- A call that arrives twice, or late, finds nobody who would hear of its claims.
  local last = call('HGET', workers, session .. '#')
  if last and number <= tonumber(last) then
    isOpen, what = 2, ''
  else
    call('HSET', workers, session .. '#', format('%.0f', number))
  end
end
if what ~= '' and isOpen == 1 then
  if what == 'one' then claimOne() elseif what == 'next' then claimNext() end
  flush()
end

if call('EXISTS', outbox) == 1 then left = bor(left, 4) end
local nextDue = call('ZRANGE', due, 0, 0, 'WITHSCORES')
local reply = {isOpen, told(now), nextDue[2] or '', table.concat(answers), left}
if #claimed > 0 then
  local keys = {}
  for i = 1, #claimed do keys[i] = base .. ':s:' .. claimed[i].id end
  local specs = read(keys)
  local size = #reply
  for i = 1, #claimed do
    reply[size + 1], reply[size + 2], reply[size + 3] = claimed[i].id, packed(claimed[i]), specs[i] or ''
    size = size + 3
  end
end
return reply
