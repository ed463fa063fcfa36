-- Put before scripts that move jobs: the indexes of each state, and what a transition does besides.
-- The script sets retention (microseconds by final state) where jobs may end, and calls effects() where they have moved.

local retention = {}

-- 2001 priorities above 42 bits of milliseconds: higher priority first, then due time.
local BAND = 4398046511104

local function score(job)
  local ms = math.floor(job.due / 1000)
  ms = ms < 0 and 0 or ms >= BAND and BAND - 1 or ms
  return (1000 - job.priority) * BAND + ms
end

local function member(job)
  return format('%03d%016.0f', job.due % 1000, job.arrival) .. job.id
end

local function laneKey(job)
  return base .. (job.rescues > 0 and ':x:' or ':r:') .. job.lane
end

local lively = {}

-- Takes a job out of the indexes of its state.
local function lift(job)
  if job.round == round then flush() end
  local state = job.state
  tally(job, -1)
  if state == READY then
    if not job.off then remove(laneKey(job), member(job)) end
    job.off = false
  elseif state == SCHEDULED then
    remove(due, job.id)
  elseif state == RUNNING then
    leave(base .. ':w:' .. job.session, job.id)
  elseif state >= SUCCEEDED then
    remove(ended[state], job.id)
  elseif state == BLOCKED and job.reason == BY_GROUP then
    groups.leave(job)
  end
  if job.expires ~= NEVER and state < RUNNING then remove(expiring, job.id) end
end

-- Puts a job into the indexes of its state.
local function place(job)
  local state = job.state
  job.round = round
  tally(job, 1)
  if state == READY then
    add(laneKey(job), score(job), member(job))
    if not lively[job.lane] then
      lively[job.lane] = true
      join(live, pack('>I4', job.lane) .. laneName(job.lane))
    end
  elseif state == SCHEDULED then
    add(due, job.due, job.id)
  elseif state == RUNNING then
    join(base .. ':w:' .. job.session, job.id)
  elseif state >= SUCCEEDED then
    add(ended[state], job.keep, job.id)
  elseif state == BLOCKED and job.reason == BY_GROUP then
    groups.wait(job)
  end
  if job.expires ~= NEVER and state < RUNNING then add(expiring, job.expires, job.id) end
  save(job)
end

-- Where a job goes whose time has come: READY, or behind the gate of its group.
local function ready(job)
  if band(job.flags, FLOW) ~= 0 then return groups.pass(job) end
  return READY, 0
end

local function move(job, to, reason)
  lift(job)
  if to == READY then to, reason = ready(job) end
  job.state = to
  job.reason = reason or 0
  if to >= SUCCEEDED then
    job.finished = now
    job.keep = now + (job.keepFor ~= NEVER and job.keepFor or retention[to])
    if band(job.flags, STEPS) ~= 0 then forget(base .. ':k:' .. job.id) end
    job.flags = band(job.flags, LARGE + UNIQUE + FLOW + KIDS + HOLDS)
    if band(job.flags, UNIQUE) ~= 0 then uniques.ended(job) end
    if job.flags > LARGE + UNIQUE then flow.ended(job) end
  end
  if to ~= RUNNING then job.session = NOBODY end
  place(job)
end

-- Forgets a job and all it left; its id stays known for an hour.
local function delete(job)
  local id = job.id
  lift(job)
  thinned[job.lane] = true
  if band(job.flags, UNIQUE) ~= 0 then uniques.deleted(job) end
  if band(job.flags, FLOW + KIDS) ~= 0 then flow.deleted(job) end
  remove(ids, id)
  remove(arrivals, id)
  add(gone, now + 3600000000, id)
  for _, part in ipairs({':h:', ':s:', ':b:', ':o:', ':e:', ':g:', ':u:', ':l:', ':z:', ':k:', ':q:'}) do
    forget(base .. part .. id)
  end
  jobs[id] = nil
  deleted[id] = true
end

local function expired(job)
  return job.expires <= now
end

-- Moves jobs whose time has come to READY, at most so many. An entry without such a job is dropped, here as in all indexes:
-- it must not hold up what comes behind it.
local function promote(limit)
  local moved = 0
  while moved < limit do
    local found = call('ZRANGEBYSCORE', due, '-inf', format('%.0f', now), 'LIMIT', 0, math.min(limit - moved, 500))
    if #found == 0 then break end
    load(found)
    for i = 1, #found do
      local job = jobs[found[i]]
      if job and job.state == SCHEDULED then
        move(job, READY)
      else
        remove(due, found[i])
        if #found[i] > 16 then groups.opens(found[i]) end
      end
    end
    flush()
    moved = moved + #found
  end
  return moved
end

-- Does for others what moves have made necessary: those who wait for a job are told, free slots are given.
-- Whether there was anything to do.
local function effects()
  local any = false
  if #writers == 0 then return any end
  while flow.pending() or groups.pending() do
    any = true
    flush()
    flow.spread()
    flush()
    groups.admit()
  end
  return any
end
