-- Settles outcomes, promotes what is due, and claims.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 session; 7 the exchange's number; 8 the call's number, which grows
--     within the session; 9 how many settlements, each:
--     fixed: id, token, end, flags (1 started, 2 has a result or failure, 4 has progress), lines of log, ran, delay
--     then, as the flags say, the result or failure, the progress, the lines
--   then the claim: "" for none; "one", id; or "next", limit, struck, least priority, "but", "in" or "counted", how
--     many queues, the queues; then how many kinds, the kinds
-- Result: 1 if the session is open, 2 if a call of this number or a later one has claimed before, so that nothing was claimed;
--   now; when the next falls due, or now if expired jobs were so many that the claim stopped at them; one letter per settlement
--   (A applied, R recorded already, S stale); 1 if READY jobs that fit were left, 2 more if a struck one was, 4 more if the
--   outbox is not empty, 8 more if there are letters, 16 more if other jobs were moved by what was settled; if the queues are
--   "counted", how many jobs that fit, and how many struck ones, are left in each, 4 bytes each, else ""; then for each claimed
--   job its id, head and what its producer said
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
allowAnyway()
local session, number, settlements = ARGV[6], tonumber(ARGV[8]), tonumber(ARGV[9])
claimer = {session = session, exchange = tonumber(ARGV[7])}
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
    if band(job.flags, HOLDS) ~= 0 and (finish == SNOOZED or not flow.isStrict(job)) then groups.free(job) end
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
local moved = effects()
lively = {}

local function firstDue()
  return call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
end

local nextDue = firstDue()
local promotes = nextDue and tonumber(nextDue) <= now
if promotes then
  promote(1000)
  moved = effects() or moved
  lively = {}
end

-- Most partitions have none of these, which is found out by one look.
local besides = call('EXISTS', outbox, letters, base .. ':rated') > 0
local rated = besides and limits.rated()

local left = 0
local isOpen = call('SISMEMBER', open, session)

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
  if expired(job) then
    move(job, CANCELLED, EXPIRED)
  elseif groups.claims(job) then
    begin(job)
  end
end

local remaining = ''

-- Claims from the lanes of one queue, as many as its rate allows.
local function claimFromQueue(queue, fitting, limit, struck)
  if not rated then return claimFrom(fitting, limit, struck) end
  local rate = limits.of(queue)
  if rate.interval == 0 then return claimFrom(fitting, limit, struck) end
  local bucket = 'q' .. queue
  local allowed = math.min(limit, limits.tokens(rate, bucket))
  local left = allowed
  if allowed > 0 then left, struck = claimFrom(fitting, allowed, struck) end
  if left < allowed then limits.take(rate, bucket, allowed - left) end
  if limits.tokens(rate, bucket) == 0 then
    for _, lane in ipairs(fitting) do lane.shut = true end
  end
  return limit - allowed + left, struck
end

local function ofQueue(fitting, queue)
  local found = {}
  for _, lane in ipairs(fitting) do
    if lane.queue == queue then found[#found + 1] = lane end
  end
  return found
end

-- Claims from all these lanes in one order, but from queues with a rate before that.
local function claimFromAll(fitting, limit, struck)
  if not rated then return claimFrom(fitting, limit, struck) end
  local plain, seen = {}, {}
  for _, lane in ipairs(fitting) do
    if limits.of(lane.queue).interval == 0 then
      plain[#plain + 1] = lane
    elseif not seen[lane.queue] then
      seen[lane.queue] = true
      if expiries > 0 then
        limit, struck = claimFromQueue(lane.queue, ofQueue(fitting, lane.queue), limit, struck)
      end
    end
  end
  if #plain > 0 then limit, struck = claimFrom(plain, limit, struck) end
  return limit, struck
end

-- How many jobs may be claimed now that are left in each of the queues, from ARGV first on.
local function count(fitting, first, queueCount)
  local told = {}
  for i = first, first + queueCount - 1 do
    local plain, struck = 0, 0
    for _, lane in ipairs(fitting) do
      if lane.queue == ARGV[i] then
        plain = plain + call('ZCOUNT', base .. ':r:' .. lane.number, '-inf', most)
        struck = struck + call('ZCOUNT', base .. ':x:' .. lane.number, '-inf', most)
      end
    end
    local rate = rated and limits.of(ARGV[i])
    if rate and rate.interval > 0 then
      local tokens = limits.tokens(rate, 'q' .. ARGV[i])
      plain, struck = math.min(plain, tokens), math.min(struck, tokens)
    end
    told[#told + 1] = pack('>I4I4', plain, struck)
  end
  remaining = table.concat(told)
end

local function claimNext()
  local limit, struck, least = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local but, counted = ARGV[arg + 3] == 'but', ARGV[arg + 3] == 'counted'
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
  if #fitting == 0 then
    if counted then count(fitting, first, queueCount) end
    return
  end
  if but then
    limit, struck = claimFromAll(fitting, limit, struck)
  else
    for i = first, first + queueCount - 1 do
      local found = ofQueue(fitting, ARGV[i])
      if limit > 0 and expiries > 0 and #found > 0 then
        limit, struck = claimFromQueue(ARGV[i], found, limit, struck)
      end
    end
  end
  if counted then count(fitting, first, queueCount) end
  local waiting = {}
  for _, lane in ipairs(fitting) do
    local struckOnes = base .. ':x:' .. lane.number
    if not lane.shut then waiting[#waiting + 1] = struckOnes end
    if not lane.drained and not lane.shut then
      left = 1
    elseif call('EXISTS', base .. ':r:' .. lane.number, struckOnes) == 0 then
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
  lively = {}
  moved = effects() or moved
end

if moved then left = left + 16 end
-- Nothing else writes to either: uniques and flow are empty tables until something of theirs was used.
if besides or next(uniques) or next(flow) then
  left = left + 4 * call('EXISTS', outbox) + 8 * call('EXISTS', letters)
end
-- When the next token comes that a READY job waits for.
local function nextClaim()
  local first = NEVER
  if not rated then return first end
  for _, entry in ipairs(call('SMEMBERS', live)) do
    local number, at = unpacked('>I4', entry)
    local _, queue = kindAndQueue(sub(entry, at))
    local rate = limits.of(queue)
    if rate.interval > 0 and limits.tokens(rate, 'q' .. queue) == 0
      and call('EXISTS', base .. ':r:' .. number, base .. ':x:' .. number) > 0 then
      first = math.min(first, limits.nextAt(rate, 'q' .. queue))
    end
  end
  return first
end

if promotes or what == 'one' or #writers > 0 then nextDue = firstDue() end
local again = expiries == 0 and told(now) or nextDue or ''
local token = nextClaim()
if token < tonumber(again == '' and NEVER or again) then again = told(token) end
local reply = {isOpen, told(now), again, table.concat(answers), left, remaining}
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
