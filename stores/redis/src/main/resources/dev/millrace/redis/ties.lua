-- Put before scripts that move jobs: what ties jobs to others, and what they wait for.
-- Keys of one job: :f: what ties it to others, FACTS; :p: hash, of each parent DEPENDENCY and its queue, and in c COUNTS; :c: sorted
-- set, children that live here, by the number of the parent's last news that they were told; :y: the same of children that live
-- elsewhere, each with its partition; :m: set, parents that do not know of it, each with its partition; :i: what :p: becomes when its job is deleted, until the parents have forgotten it.
-- News of a parent are that it has ended, and how, or is unfinished again. Each has a number that is larger than those before. A
-- child that was told remembers the number, so that it hears nothing twice and nothing late.
-- Letters: "p" and a parent: the number of its news, the verdict, 1 if it is deleted; told to children that were not told yet.
--   "r" and a child: until when its parents may still appear; some do not know of it yet. One whose parents are not there yet lies
--   in :patient, hash, by its child, where only sweeps look.
--   "h" and a workflow's head that has ended: how far its members are told to be kept no longer than others.
--   "d" and a deleted job: its parents are still to forget it.
--   "v" and a job whose key is homed elsewhere, and that comes back if it can be reserved.

-- Bits, how long its unique key stays taken, the partition of its workflow's head, the head; behind it the group's name. A member
-- whose head is elsewhere and gone, or does not know of it, is IS_MEMBER no more.
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

local function with(job, bits, window)
  local facts = flow.of(job)
  if facts.bits == bits and facts.window == window then return end
  keep(job, {bits = bits, window = window, home = facts.home, head = facts.head, group = facts.group})
end

-- Sets how long the key of a job stays taken after its end.
function flow.window(job, window)
  with(job, flow.of(job).bits, window)
end

-- The workflow of a member, elsewhere, waits for it.
function flow.belong(job, head)
  local facts = flow.of(job)
  if facts.head == head then with(job, bor(facts.bits, IS_MEMBER), facts.window) end
end

-- The workflow of a member, elsewhere, waits for it no more and will not tell it of its end.
function flow.stray(job, head)
  local facts = flow.of(job)
  if facts.head == head and band(facts.bits, IS_MEMBER) ~= 0 then with(job, facts.bits - IS_MEMBER, facts.window) end
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

writers[#writers + 1] = function()
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

