-- Put before scripts that move jobs, behind ties.lua: who waits for whom, and what is told to those who wait.

-- Lets a job pass that waits for no parent any more, or cancels it if it never can run.
function flow.judge(job)
  if job.state ~= BLOCKED or job.reason ~= BY_PARENTS then return end
  local why = standing(job)
  if not why then return end
  if why > 0 then
    move(job, CANCELLED, why)
  elseif isHead(job) then
    move(job, SUCCEEDED)
  else
    if job.exchange > 0 then job.due = now + job.exchange - 1 end
    job.exchange = 0
    move(job, job.due > now and SCHEDULED or READY)
  end
end

-- Makes a job that has ended wait for its parents again.
function flow.reopen(job)
  lift(job)
  job.attempt, job.reason, job.state = 0, BY_PARENTS, BLOCKED
  job.finished, job.keep, job.expires = NEVER, NEVER, NEVER
  if isHead(job) then job.due, job.exchange = now, 0 end
  if band(job.flags, UNIQUE) ~= 0 then uniques.own(job) end
  place(job)
  tell(job, UNKNOWN)
end

-- Whether a job that is run again is to wait for its parents.
function flow.waitsAgain(job)
  return hasParents(job) and (isHead(job) or flow.waits(job))
end

-- Whether a job was cancelled for the sake of a parent, and waits for it again.
function flow.mayComeBack(job)
  return job.state == CANCELLED and job.reason == PARENT_FAILED and hasParents(job) and not standing(job)
end

local function comeBack(job)
  if isHead(job) then
    if job.state >= SUCCEEDED then flow.reopen(job) end
  elseif flow.mayComeBack(job) then
    if band(job.flags, UNIQUE) ~= 0 then
      if uniques.abroad(job) then
        call('HSET', letters, 'v' .. job.id, '')
        return
      end
      if uniques.other(job) then return end
    end
    flow.reopen(job)
  end
end

-- One more of a child's parents knows of it.
local function acquainted(child, c, parent, home)
  c[8] = c[8] - 1
  call('SREM', base .. ':m:' .. child.id, parent .. pack('>I2', home))
  if c[8] > 0 then return end
  call('HDEL', letters, 'r' .. child.id)
  call('HDEL', patient, child.id)
end

-- Tells a child of a parent's news; what the child is found to be.
function flow.hear(id, parent, number, verdict)
  load({id})
  local child = jobs[id]
  if not child then return GONE end
  local key = base .. ':p:' .. id
  local kept = call('HGET', key, parent)
  if not kept then return GONE end
  local place, wish, had, heard, known, home, at = unpacked(DEPENDENCY, kept)
  if number > heard then
    call('HSET', key, parent, pack(DEPENDENCY, place, wish, verdict, number, 1, home) .. sub(kept, at))
    local c = countsOf(child)
    recount(child)
    if known == 0 then acquainted(child, c, parent, home) end
    if had ~= verdict or (known == 1 and had ~= UNKNOWN) then
      if had ~= UNKNOWN then
        count(c, wish, had, -1)
        comeBack(child)
      end
      if verdict ~= UNKNOWN then
        count(c, wish, verdict, 1)
        flow.judge(child)
      end
    end
  end
  return child.state >= SUCCEEDED and ENDED or OPEN
end

-- A child's parent knows of it, and has no news; or has these.
function flow.known(id, parent, number, verdict)
  load({id})
  local kept = jobs[id] and call('HGET', base .. ':p:' .. id, parent)
  if not kept then return end
  local place, wish, had, heard, known, home, at = unpacked(DEPENDENCY, kept)
  if number > 0 or had ~= UNKNOWN then
    flow.hear(id, parent, math.max(number, 1), verdict)
  elseif known == 0 then
    call('HSET', base .. ':p:' .. id, parent, pack(DEPENDENCY, place, wish, had, heard, 1, home) .. sub(kept, at))
    acquainted(jobs[id], countsOf(jobs[id]), parent, home)
    recount(jobs[id])
  end
end

-- A parent knows of a child now, which is here or elsewhere. The number of the news that this tells the child, and the verdict.
function flow.adopt(parent, kid, there)
  local number, verdict = 0, UNKNOWN
  if parent.state >= SUCCEEDED then number, verdict = nextNumber(), verdictOf(parent) end
  add(base .. (there and ':y:' or ':c:') .. parent.id, told(number), there and kid .. pack('>I2', there) or kid)
  if band(parent.flags, KIDS) == 0 then
    parent.flags = bor(parent.flags, KIDS)
    save(parent)
  end
  if there then flow.belong(parent, kid) end
  return number, verdict
end

-- A child's parents, each {id, partition, wish, queue, verdict}: those that are here are told of it, others by a letter. Those that
-- are not here any more count as cancelled, unless they may come until a latest time.
function flow.attach(job, parents, latest)
  local c, fields, ended = countsOf(job), {}, {}
  local here, unknown = {}, {}
  for _, parent in ipairs(parents) do here[#here + 1] = parent[2] == partition and parent[1] or nil end
  load(here)
  for _, parent in ipairs(parents) do
    local id, wish, verdict, known = parent[1], parent[3], parent[5] or UNKNOWN, 0
    if parent[2] == partition and (jobs[id] or not latest) then
      known = 1
      local number, how
      if jobs[id] then number, how = flow.adopt(jobs[id], job.id) else number, how = nextNumber(), WAS_CANCELLED end
      if how ~= verdict then ended[#ended + 1] = {id, math.max(number, 1), how} end
    else
      c[8] = c[8] + 1
      unknown[#unknown + 1] = id .. pack('>I2', parent[2])
    end
    c[1] = c[1] + 1
    fields[#fields + 1] = id
    fields[#fields + 1] = pack(DEPENDENCY, c[1], wish, verdict, 0, known, parent[2]) .. parent[4]
    if wish == TO_FAIL then c[3], c[4] = c[3] + 1, c[4] + 1 else c[2] = c[2] + 1 end
    if verdict ~= UNKNOWN then count(c, wish, verdict, 1) end
  end
  recount(job)
  if #fields > 0 then many('HSET', base .. ':p:' .. job.id, fields) end
  if #unknown > 0 then many('SADD', base .. ':m:' .. job.id, unknown) end
  if c[8] > 0 then call('HSET', letters, 'r' .. job.id, pack('>d', latest or now + RESERVED)) end
  for _, one in ipairs(ended) do flow.hear(job.id, one[1], one[2], one[3]) end
end

-- Whether a new job has parents or is a workflow's head.
flow.waitsAtFirst = hasParents

-- A parent that was to come never did: a workflow forgets it, for another job it counts as cancelled.
function flow.missed(id, parent)
  load({id})
  local child = jobs[id]
  local kept = child and call('HGET', base .. ':p:' .. id, parent)
  if not kept then return end
  local _, wish, verdict, _, known, home = unpacked(DEPENDENCY, kept)
  if known == 1 then return end
  if verdict ~= UNKNOWN then
    flow.hear(id, parent, 1, verdict)
  elseif isHead(child) and wish == TO_END then
    local c = countsOf(child)
    c[2] = c[2] - 1
    acquainted(child, c, parent, home)
    recount(child)
    call('HDEL', base .. ':p:' .. id, parent)
    flow.judge(child)
  else
    flow.hear(id, parent, nextNumber(), WAS_CANCELLED)
  end
end

-- What of a child's parents do not know of it: id and partition of each, one after the other; at most so many.
function flow.strangers(id, limit)
  load({id})
  local found = {}
  if not jobs[id] or countsOf(jobs[id])[8] == 0 then return found end
  for _, entry in ipairs(call('SRANDMEMBER', base .. ':m:' .. id, limit)) do
    found[#found + 1] = sub(entry, 1, 16)
    found[#found + 1] = (unpacked('>I2', entry, 17))
  end
  return found
end

function flow.home(dependency)
  local _, _, _, _, _, home = unpacked(DEPENDENCY, dependency)
  return home
end

function flow.pending()
  return news[firstNews] ~= nil
end

-- Tells children that are here of one parent's news, as many as are left to be told by this call; whether all know.
function flow.spreadTo(parent, number, verdict)
  local key = base .. ':c:' .. parent
  if flow.budget <= 0 then return call('EXISTS', key) == 0 end
  local limit = flow.budget
  local found = call('ZRANGEBYSCORE', key, '-inf', '(' .. told(number), 'LIMIT', 0, limit)
  flow.budget = limit - #found
  load(found)
  local heard = {}
  for _, kid in ipairs(found) do
    if flow.hear(kid, parent, number, verdict) == GONE then
      call('ZREM', key, kid)
    else
      heard[#heard + 1] = told(number)
      heard[#heard + 1] = kid
    end
  end
  if #heard > 0 then many('ZADD', key, heard) end
  return #found < limit
end

function flow.spread()
  while news[firstNews] do
    local one = news[firstNews]
    news[firstNews] = nil
    firstNews = firstNews + 1
    local all = flow.spreadTo(one.id, one.number, one.verdict)
    if not all or call('EXISTS', base .. ':y:' .. one.id) == 1 then
      call('HSET', letters, 'p' .. one.id, pack('>dBB', one.number, one.verdict, one.deleted))
    elseif one.deleted == 1 then
      call('UNLINK', base .. ':c:' .. one.id)
    end
  end
end
