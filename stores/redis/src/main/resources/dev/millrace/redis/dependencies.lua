-- Put before scripts that move jobs: who waits for whom.
-- Keys of one job: :f: what ties it to others, FACTS; :p: hash, of each parent DEPENDENCY and its queue, and in c COUNTS; :c: sorted
-- set, children that live here, by the number of the parent's last news that they were told; :y: the same of children that live
-- elsewhere, each with its partition; :i: what :p: becomes when its job is deleted, until the parents have forgotten it.
-- News of a parent are that it has ended, and how, or is unfinished again. Each has a number that is larger than those before. A
-- child that was told remembers the number, so that it hears nothing twice and nothing late.
-- Letters: "p" and a parent: the number of its news, the verdict, 1 if it is deleted; told to children that were not told yet.
--   "r" and a child: until when its parents may still appear; some do not know of it yet.
--   "h" and a workflow's head that has ended: how far its members are told to be kept no longer than others.
--   "d" and a deleted job: its parents are still to forget it.
--   "v" and a job whose key is homed elsewhere, and that comes back if it can be reserved.

-- Bits, how long its unique key stays taken, the partition of its workflow's head, the head; behind it the group's name
local FACTS, HAS_PARENTS, STRICT, IS_HEAD, IS_MEMBER = '>BdI2c16', 1, 2, 4, 8
-- Place in the order, wish, verdict, number of the news, 1 if the parent knows of the child, partition; behind it the queue
local DEPENDENCY = '>I4BBdBI2'
-- Next place; how many SUCCESS and END ones wait; how many FAILURE ones there are, have no verdict, are met; how many SUCCESS ones
-- are broken, are not needed; how many parents do not know of the child
local COUNTS = '>I4I4I4I4I4I4I4I4'
local TO_SUCCEED, TO_FAIL, TO_END = 0, 1, 2
local DID_SUCCEED, DID_FAIL, WAS_CANCELLED, WAS_NOT_NEEDED, UNKNOWN = 0, 1, 2, 3, 255
local PARENT_FAILED, NOT_NEEDED = 3, 4
-- What a child is found to be that was told something: not there, or not waiting for that parent; unfinished; ended.
local GONE, OPEN, ENDED = 0, 1, 2

local UNTIED = {bits = 0, window = 0, home = 0, head = NOBODY, group = ''}
local news, firstNews, lastNews, changed = {}, 1, 0, {}

-- How many children one call tells at most; the rest is told by the outbox.
flow.budget = 500

function flow.parse(text)
  local bits, window, home, head, at = unpacked(FACTS, text)
  return {bits = bits, window = window, home = home, head = head, group = sub(text, at)}
end

-- What ties a job to others.
function flow.of(job)
  if not job.flow then
    local kept = band(job.flags, FLOW) ~= 0 and call('GET', base .. ':f:' .. job.id)
    job.flow = kept and flow.parse(kept) or UNTIED
  end
  return job.flow
end

local function keep(job, facts)
  job.flow = facts
  job.flags = bor(job.flags, FLOW)
  write(base .. ':f:' .. job.id, pack(FACTS, facts.bits, facts.window, facts.home, facts.head) .. facts.group)
end
flow.keep = keep

-- Sets how long the key of a job stays taken after its end.
function flow.window(job, window)
  local facts = flow.of(job)
  if facts.window == window then return end
  keep(job, {bits = facts.bits, window = window, home = facts.home, head = facts.head, group = facts.group})
end

function flow.isStrict(job)
  return band(flow.of(job).bits, STRICT) ~= 0
end

local function isHead(job)
  return band(flow.of(job).bits, IS_HEAD) ~= 0
end

local function hasParents(job)
  return band(job.flags, FLOW) ~= 0 and band(flow.of(job).bits, HAS_PARENTS + IS_HEAD) ~= 0
end

local function countsOf(job)
  local counts = job.counts
  if not counts then
    local kept = call('HGET', base .. ':p:' .. job.id, 'c')
    counts = kept and {unpacked(COUNTS, kept)} or {0, 0, 0, 0, 0, 0, 0, 0}
    job.counts = counts
  end
  return counts
end

local function recount(job)
  changed[job.id] = job
end

-- Called by flush().
function flow.write()
  for id, job in pairs(changed) do
    if jobs[id] then call('HSET', base .. ':p:' .. id, 'c', pack(COUNTS, unpack(job.counts, 1, 8))) end
  end
  changed = {}
end

-- Whether a child waits for something, whatever else stands in its way.
function flow.waits(job)
  if not hasParents(job) then return false end
  local c = countsOf(job)
  return c[2] > 0 or (c[4] > 0 and c[5] == 0)
end

-- Where a child stands that is BLOCKED by parents: why it never can run, 0 if nothing is waited for any more, nil while it waits.
local function standing(job)
  local c = countsOf(job)
  if c[6] > 0 then return PARENT_FAILED end
  if c[7] > 0 or (c[3] > 0 and c[4] == 0 and c[5] == 0) then return NOT_NEEDED end
  if not flow.waits(job) then return 0 end
  return nil
end

-- A parent whose end has broken a child's wish; nil if there is none.
function flow.broken(job)
  if not hasParents(job) or countsOf(job)[6] == 0 then return nil end
  local all = call('HGETALL', base .. ':p:' .. job.id)
  local first, which
  for i = 1, #all, 2 do
    if #all[i] == 16 then
      local place, wish, verdict = unpacked(DEPENDENCY, all[i + 1])
      local broken = wish == TO_SUCCEED and (verdict == DID_FAIL or verdict == WAS_CANCELLED)
      if broken and (not first or place < first) then first, which = place, all[i] end
    end
  end
  return which
end

-- Counts a verdict in, or out again.
local function count(c, wish, verdict, change)
  if wish == TO_FAIL then
    c[4] = c[4] - change
    if verdict == DID_FAIL then c[5] = c[5] + change end
  else
    c[2] = c[2] - change
    if wish == TO_SUCCEED and verdict == WAS_NOT_NEEDED then
      c[7] = c[7] + change
    elseif wish == TO_SUCCEED and verdict ~= DID_SUCCEED then
      c[6] = c[6] + change
    end
  end
end

local function verdictOf(job)
  if job.state == SUCCEEDED then return DID_SUCCEED end
  if job.state == FAILED or job.reason == EXPIRED or job.reason == PARENT_FAILED then return DID_FAIL end
  return job.reason == NOT_NEEDED and WAS_NOT_NEEDED or WAS_CANCELLED
end

local last

local function nextNumber()
  last = math.max((last or tonumber(call('HGET', numbers, 'news') or 0)) + 1, now)
  call('HSET', numbers, 'news', told(last))
  return last
end

-- Notes what those who wait for a job are to be told.
local function tell(job, verdict, deleted)
  if band(job.flags, KIDS) == 0 then return end
  lastNews = lastNews + 1
  news[lastNews] = {id = job.id, number = nextNumber(), verdict = verdict, deleted = deleted and 1 or 0}
end

flow.tell = tell
flow.unknown = UNKNOWN

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
local function acquainted(child, c)
  c[8] = c[8] - 1
  if c[8] == 0 then call('HDEL', letters, 'r' .. child.id) end
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
    if known == 0 then acquainted(child, c) end
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
    acquainted(jobs[id], countsOf(jobs[id]))
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
  return number, verdict
end

-- A child's parents, each {id, partition, wish, queue, verdict}: those that are here are told of it, others by a letter. Those that
-- are not here any more count as cancelled, but if patient, in which case they may come until then.
function flow.attach(job, parents, patient)
  local c, fields, ended = countsOf(job), {}, {}
  local here = {}
  for _, parent in ipairs(parents) do here[#here + 1] = parent[2] == partition and parent[1] or nil end
  load(here)
  for _, parent in ipairs(parents) do
    local id, wish, verdict, known = parent[1], parent[3], parent[5] or UNKNOWN, 0
    if parent[2] == partition and (jobs[id] or not patient) then
      known = 1
      local number, how
      if jobs[id] then number, how = flow.adopt(jobs[id], job.id) else number, how = nextNumber(), WAS_CANCELLED end
      if how ~= verdict then ended[#ended + 1] = {id, math.max(number, 1), how} end
    else
      c[8] = c[8] + 1
    end
    c[1] = c[1] + 1
    fields[#fields + 1] = id
    fields[#fields + 1] = pack(DEPENDENCY, c[1], wish, verdict, 0, known, parent[2]) .. parent[4]
    if wish == TO_FAIL then c[3], c[4] = c[3] + 1, c[4] + 1 else c[2] = c[2] + 1 end
    if verdict ~= UNKNOWN then count(c, wish, verdict, 1) end
  end
  recount(job)
  if #fields > 0 then many('HSET', base .. ':p:' .. job.id, fields) end
  if c[8] > 0 then call('HSET', letters, 'r' .. job.id, pack('>d', patient or now + RESERVED)) end
  for _, one in ipairs(ended) do flow.hear(job.id, one[1], one[2], one[3]) end
end

-- A workflow waits for one more member, which is here or elsewhere.
function flow.join(head, id, queue, home)
  local key = base .. ':p:' .. head.id
  if call('HEXISTS', key, id) == 1 then return end
  local c = countsOf(head)
  c[1], c[2] = c[1] + 1, c[2] + 1
  recount(head)
  local known = home == partition and 1 or 0
  if known == 0 then
    c[8] = c[8] + 1
    call('HSET', letters, 'r' .. head.id, pack('>d', now + RESERVED))
  end
  call('HSET', key, id, pack(DEPENDENCY, c[1], TO_END, UNKNOWN, 0, known, home) .. queue)
  if head.state >= SUCCEEDED then flow.reopen(head) end
end

-- Whether a new job has parents or is a workflow's head.
flow.waitsAtFirst = hasParents

-- A new job is made known to its workflow, which is here or elsewhere.
function flow.enter(job)
  local facts = flow.of(job)
  if band(facts.bits, IS_MEMBER) == 0 then return end
  if facts.home ~= partition then
    job.flags = bor(job.flags, KIDS)
    save(job)
    add(base .. ':y:' .. job.id, 0, facts.head .. pack('>I2', facts.home))
    return
  end
  load({facts.head})
  local head = jobs[facts.head]
  if not head then return end
  local _, queue = kindAndQueue(laneName(job.lane))
  flow.join(head, job.id, queue, partition)
  local number, verdict = flow.adopt(job, head.id)
  if verdict ~= UNKNOWN then flow.hear(head.id, job.id, number, verdict) end
end

-- A parent that was to come never did: a workflow forgets it, for another job it counts as cancelled.
function flow.missed(id, parent)
  load({id})
  local child = jobs[id]
  local kept = child and call('HGET', base .. ':p:' .. id, parent)
  if not kept then return end
  local _, wish, verdict, _, known = unpacked(DEPENDENCY, kept)
  if known == 1 then return end
  if verdict ~= UNKNOWN then
    flow.hear(id, parent, 1, verdict)
  elseif isHead(child) and wish == TO_END then
    local c = countsOf(child)
    c[2] = c[2] - 1
    acquainted(child, c)
    recount(child)
    call('HDEL', base .. ':p:' .. id, parent)
    flow.judge(child)
  else
    flow.hear(id, parent, nextNumber(), WAS_CANCELLED)
  end
end

-- The workflow of a member has ended: it is kept like any other job from now on.
function flow.letGo(id, head)
  load({id})
  local job = jobs[id]
  if not job or job.state < SUCCEEDED or job.keep ~= NEVER or flow.of(job).head ~= head then return end
  job.keep = now + (job.keepFor ~= NEVER and job.keepFor or retention[job.state])
  local window = flow.of(job).window
  if window ~= NEVER and window > 0 then job.keep = math.max(job.keep, job.finished + window) end
  add(ended[job.state], job.keep, id)
  save(job)
end

-- Tells members that are here that their workflow has ended; the rest by a letter.
local function release(head)
  local key = base .. ':p:' .. head.id
  local more = call('HLEN', key) > flow.budget
  if not more then
    local all = call('HGETALL', key)
    for i = 1, #all, 2 do
      if #all[i] == 16 then
        local _, _, _, _, _, home = unpacked(DEPENDENCY, all[i + 1])
        if home == partition then flow.letGo(all[i], head.id) else more = true end
      end
    end
  end
  if more then call('HSET', letters, 'h' .. head.id, '0') end
end

-- A job that is tied to others has ended.
function flow.ended(job)
  local facts = flow.of(job)
  groups.free(job)
  if band(facts.bits, IS_HEAD) ~= 0 then
    release(job)
  elseif band(facts.bits, IS_MEMBER) ~= 0 then
    if facts.home == partition then load({facts.head}) end
    local head = jobs[facts.head]
    if facts.home ~= partition or (head and head.state < SUCCEEDED) then job.keep = NEVER end
  end
  tell(job, verdictOf(job))
end

-- A job that is tied to others is deleted: its parents forget it, at once if they are here and few.
function flow.deleted(job)
  local id, key = job.id, base .. ':p:' .. job.id
  groups.free(job)
  if band(job.flags, KIDS) ~= 0 then
    local late = call('HGET', letters, 'p' .. id)
    if job.state < SUCCEEDED then
      tell(job, WAS_CANCELLED, true)
    elseif late then
      call('HSET', letters, 'p' .. id, sub(late, 1, 9) .. '\1')
    else
      forget(base .. ':c:' .. id)
      forget(base .. ':y:' .. id)
    end
  end
  forget(base .. ':f:' .. id)
  if not hasParents(job) then return end
  call('HDEL', letters, 'r' .. id, 'h' .. id, 'v' .. id)
  if flow.isHere(key, id) then
    forget(key)
  elseif call('EXISTS', key) == 1 then
    call('RENAME', key, base .. ':i:' .. id)
    call('HSET', letters, 'd' .. id, '')
  end
  changed[id] = nil
end

-- Makes the parents of a deleted child forget it if all are here and few; false otherwise, when the rest is to be told.
function flow.isHere(key, id)
  if call('HLEN', key) > flow.budget then return false end
  local all, here = call('HGETALL', key), true
  for i = 1, #all, 2 do
    if #all[i] == 16 then
      local _, _, _, _, _, home = unpacked(DEPENDENCY, all[i + 1])
      if home == partition then
        remove(base .. ':c:' .. all[i], id)
        flow.letGo(all[i], id)
      else
        here = false
      end
    end
  end
  return here
end

-- What of a child's parents do not know of it: id and partition of each, one after the other; at most so many.
function flow.strangers(id, limit)
  load({id})
  local found = {}
  if not jobs[id] or countsOf(jobs[id])[8] == 0 then return found end
  local all = call('HGETALL', base .. ':p:' .. id)
  for i = 1, #all, 2 do
    if #all[i] == 16 and #found < limit * 2 then
      local _, _, _, _, known, home = unpacked(DEPENDENCY, all[i + 1])
      if known == 0 then
        found[#found + 1] = all[i]
        found[#found + 1] = home
      end
    end
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
