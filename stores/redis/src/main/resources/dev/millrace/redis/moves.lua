-- Put before scripts that move jobs: the indexes of each state, and what a transition does besides.
-- The script sets retention (microseconds by final state) where jobs may end.

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
  end
  if job.expires ~= NEVER and state < RUNNING then remove(expiring, job.id) end
end

-- Puts a job into the indexes of its state.
local function place(job)
  local state = job.state
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
  end
  if job.expires ~= NEVER and state < RUNNING then add(expiring, job.expires, job.id) end
  save(job)
end

-- The key is freed here if it is homed here; otherwise the outbox tells its home.
local function freeKey(job)
  local key = call('GET', base .. ':q:' .. job.id)
  if not key then return end
  local home, _, at = unpacked(KEY, key)
  local name = sub(key, at)
  if home == partition then
    local holder = call('HGET', unique, name)
    if holder and sub(holder, 1, 16) == job.id then call('HDEL', unique, name) end
  else
    call('HSET', outbox, job.id, key)
  end
end

-- Takes the key if it is homed here; elsewhere the caller has reserved it.
local function takeKey(job)
  local key = call('GET', base .. ':q:' .. job.id)
  if not key then return end
  local home, stamp, at = unpacked(KEY, key)
  if home == partition then
    call('HSETNX', unique, sub(key, at), pack(HOLDER, job.id, now, partition, stamp))
  else
    call('HDEL', outbox, job.id)
  end
end

local function move(job, to, reason)
  lift(job)
  job.state = to
  job.reason = reason or 0
  if to >= SUCCEEDED then
    job.finished = now
    job.keep = now + (job.keepFor ~= NEVER and job.keepFor or retention[to])
    if band(job.flags, STEPS) ~= 0 then forget(base .. ':k:' .. job.id) end
    job.flags = band(job.flags, LARGE + UNIQUE)
    if band(job.flags, UNIQUE) ~= 0 then freeKey(job) end
  end
  if to ~= RUNNING then job.session = NOBODY end
  place(job)
end

-- Forgets a job and all it left; its id stays known for an hour.
local function delete(job)
  local id = job.id
  lift(job)
  thinned[job.lane] = true
  if band(job.flags, UNIQUE) ~= 0 and job.state < SUCCEEDED then freeKey(job) end
  remove(ids, id)
  remove(arrivals, id)
  add(gone, now + 3600000000, id)
  for _, part in ipairs({':h:', ':s:', ':b:', ':o:', ':e:', ':g:', ':u:', ':l:', ':z:', ':k:', ':q:'}) do
    forget(base .. part .. id)
  end
  jobs[id] = nil
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
      if job and job.state == SCHEDULED then move(job, READY) else remove(due, found[i]) end
    end
    flush()
    moved = moved + #found
  end
  return moved
end
