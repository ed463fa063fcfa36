-- Put before scripts that move jobs: the gates of groups.
-- A group is named by its queue, name and key, each but the last with its length. Of one group: :a: its line, the jobs that are
-- BLOCKED by it, in the order of claims. Of all: :held, hash, how many jobs hold a slot; :gated, sorted set, groups with a line, by
-- when a sweep looked at them last. A group that waits for a token is in the index of due times, behind GATE.

local SERIAL, GATE = 'serial', NOBODY .. 'g'
local held, gated = base .. ':held', base .. ':gated'
local cache, touched, toLook = {}, {}, {}

-- How many jobs one call lets through at most; the rest is left to sweeps.
groups.budget = 5000
groups.admitted = 0

function groups.named(name)
  local group = cache[name]
  if group then return group end
  local queue, of = unpacked('>I2c0I2c0', name)
  local set = limits.of(queue)
  local own = set.groups[of]
  local slots = of == SERIAL and 1 or own and own.atOnce > 0 and own.atOnce or NEVER
  if set.fair > 0 then slots = math.min(slots, set.fair) end
  group = {name = name, line = base .. ':a:' .. name, count = tonumber(call('HGET', held, name) or 0), change = 0,
    slots = slots, rate = own and own.interval > 0 and own, fair = set.fair > 0}
  cache[name] = group
  return group
end

local function touch(group)
  touched[group] = true
  toLook[group] = true
end

-- A group is to be looked at, whose name is here or in the index of due times.
function groups.look(name)
  toLook[groups.named(name)] = true
end

function groups.opens(entry)
  if sub(entry, 1, #GATE) == GATE then groups.look(sub(entry, #GATE + 1)) end
end

-- Where a job goes whose time has come. Whether it passes is found by effects(), in the order of all that wait.
function groups.pass(job)
  if flow.of(job).group == '' or band(job.flags, HOLDS) ~= 0 then return READY, 0 end
  return BLOCKED, BY_GROUP
end

function groups.wait(job)
  local group = groups.named(flow.of(job).group)
  add(group.line, score(job), member(job))
  touch(group)
end

function groups.leave(job)
  local group = groups.named(flow.of(job).group)
  remove(group.line, member(job))
  touch(group)
end

function groups.hold(job)
  local group = groups.named(flow.of(job).group)
  job.flags = bor(job.flags, HOLDS)
  group.count = group.count + 1
  group.change = group.change + 1
  touched[group] = true
end

function groups.free(job)
  if band(job.flags, HOLDS) == 0 then return end
  local group = groups.named(flow.of(job).group)
  job.flags = job.flags - HOLDS
  group.count = group.count - 1
  group.change = group.change - 1
  touch(group)
end

-- Gives a job that is about to be claimed by its id a slot; false if it would have to wait for one.
function groups.claims(job)
  if band(job.flags, FLOW) == 0 or groups.pass(job) == READY then return true end
  local group = groups.named(flow.of(job).group)
  if group.count >= group.slots or call('EXISTS', group.line) == 1 then return false end
  if group.rate then
    if limits.tokens(group.rate, 'g' .. group.name) < 1 then return false end
    limits.take(group.rate, 'g' .. group.name, 1)
  end
  groups.hold(job)
  return true
end

writers[#writers + 1] = function()
  for group in pairs(touched) do
    if group.change ~= 0 and call('HINCRBY', held, group.name, group.change) == 0 then call('HDEL', held, group.name) end
    group.change = 0
    if call('EXISTS', group.line) == 1 then
      call('ZADD', gated, 'NX', told(now), group.name)
    else
      call('ZREM', gated, group.name)
      if group.rate then call('ZREM', due, GATE .. group.name) end
    end
  end
  touched = {}
end

local function let(group, found)
  local ids = {}
  for i = 1, #found do ids[i] = sub(found[i], 20) end
  load(ids)
  local passed = 0
  for i = 1, #ids do
    local job = jobs[ids[i]]
    if job and job.state == BLOCKED and job.reason == BY_GROUP then
      lift(job)
      if group.fair then job.due = now end
      job.state, job.reason = READY, 0
      groups.hold(job)
      place(job)
      passed = passed + 1
    else
      call('ZREM', group.line, found[i])
    end
  end
  if group.rate then limits.take(group.rate, 'g' .. group.name, passed) end
  groups.admitted = groups.admitted + passed
  groups.budget = groups.budget - passed
  flush()
end

local function admit(group)
  while groups.budget > 0 do
    local free = math.min(group.slots - group.count, 500, groups.budget)
    if free <= 0 then return end
    if group.rate then
      local tokens = limits.tokens(group.rate, 'g' .. group.name)
      if tokens < 1 then
        if call('EXISTS', group.line) == 1 then
          call('ZADD', due, told(limits.nextAt(group.rate, 'g' .. group.name)), GATE .. group.name)
        end
        return
      end
      free = math.min(free, tokens)
    end
    local found = call('ZRANGE', group.line, 0, free - 1)
    if #found == 0 then
      touched[group] = true
      return
    end
    let(group, found)
  end
end

-- Has the groups looked at that were not for longest: limits may have changed.
function groups.sweep(limit)
  groups.budget = limit
  local found = call('ZRANGE', gated, 0, limit - 1)
  local looked = {}
  for i = 1, #found do
    looked[i * 2 - 1], looked[i * 2] = told(now), found[i]
    groups.look(found[i])
  end
  if #looked > 0 then many('ZADD', gated, looked) end
end

-- Leaves what is to be looked at to whoever promotes next.
function groups.leaveForLater()
  for group in pairs(toLook) do
    if call('EXISTS', group.line) == 1 then call('ZADD', due, 0, GATE .. group.name) end
  end
  toLook = {}
end

function groups.pending()
  return next(toLook) ~= nil
end

function groups.admit()
  local group = next(toLook)
  while group do
    toLook[group] = nil
    admit(group)
    group = next(toLook)
  end
end
