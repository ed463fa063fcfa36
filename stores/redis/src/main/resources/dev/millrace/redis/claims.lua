-- Put before scripts that claim.
-- The script sets claimer: the session, and the number of the exchange that claims for it.

local claimer = {}
local claimed = {}

-- Lease tokens above are made of the second in which a history of writes was first claimed in (31 bits, from 2020 on), of its
-- name (8), and of the number of the run (14, and more if need be).
local SINCE, NAMES, RUNS = 1577836800, 256, 16384

local floor

-- What the lease tokens of new runs are above: 0 in the history in which the store began, and more in each later one. Claims
-- that a failover or a killed server lost were made in an earlier history, so their tokens are not given again.
local function tokenFloor()
  if floor then return floor end
  local kept = call('HMGET', numbers, 'history', 'epoch')
  local name = history()
  floor = tonumber(kept[2] or '0')
  if kept[1] ~= name then
    local seconds = math.max(0, time[1] - SINCE)
    local first = (seconds * NAMES + (tonumber(sub(name, 1, 2), 16) or 0)) * RUNS
    floor = math.max(floor + RUNS, first)
    call('HSET', numbers, 'history', name, 'epoch', format('%.0f', floor))
  end
  return floor
end

local function begin(job)
  lift(job)
  job.state = RUNNING
  job.token = math.max(job.token, tokenFloor()) + 1
  job.attempt = job.attempt + 1
  job.last = 255
  job.tail = ''
  job.session = claimer.session
  job.exchange = claimer.exchange
  job.started = now
  place(job)
  claimed[#claimed + 1] = job
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

-- The highest score that is claimed: jobs of a lower priority have higher ones.
local most

-- How many expired jobs one call still moves out of its way. When it has moved so many, it claims no more: what comes behind
-- them, in whatever queue, waits for the next call.
local expiries = 1000

-- Takes out of a source's index what was picked from it.
local function forgetTaken(source)
  if source.taken > 0 then
    call('ZREMRANGEBYRANK', source.key, 0, source.taken - 1)
    source.taken = 0
  end
end

-- Sets the source to its next job; false when it has none.
local function advance(source)
  source.at = source.at + 2
  if not source.piece[source.at] then
    if source.all then
      source.lane.drained = source.lane.drained or not source.struck
      return false
    end
    -- Each piece begins at the head: to skip what was taken would cost more with each piece.
    forgetTaken(source)
    source.piece = call('ZRANGEBYSCORE', source.key, '-inf', most, 'WITHSCORES', 'LIMIT', 0, source.size)
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
  while limit > 0 and expiries > 0 and heap[1] do
    local picked, parked = {}, {}
    local wanted = math.min(limit, expiries)
    while #picked < wanted and heap[1] do
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
        expiries = expiries - 1
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
  for _, source in ipairs(sources) do forgetTaken(source) end
  return limit, struck
end
