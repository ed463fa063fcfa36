-- Put before scripts that move jobs, behind dependencies.lua: workflows and their members, and what becomes of ties when a job ends or
-- is deleted.

-- A workflow waits for one more member, which is here or elsewhere. Where it knows how one of the same id has ended, which may have
-- been deleted since, that is forgotten, or the one elsewhere asked how it stands.
function flow.join(head, id, queue, home)
  local key = base .. ':p:' .. head.id
  local kept = call('HGET', key, id)
  local c = countsOf(head)
  local known = home == partition and 1 or 0
  local place, wish, verdict, heard = c[1] + 1, TO_END, UNKNOWN, 0
  if kept then
    local knew, was
    place, wish, verdict, heard, knew, was = unpacked(DEPENDENCY, kept)
    if verdict == UNKNOWN or knew + known == 0 then return end
    if knew == 0 then acquainted(head, c, id, was) end
    if known == 0 then
      heard = 0
    else
      count(c, wish, verdict, -1)
      verdict = UNKNOWN
    end
  else
    c[1], c[2] = place, c[2] + 1
  end
  recount(head)
  if known == 0 then
    c[8] = c[8] + 1
    call('SADD', base .. ':m:' .. head.id, id .. pack('>I2', home))
    call('HSET', letters, 'r' .. head.id, pack('>d', now + RESERVED))
  end
  call('HSET', key, id, pack(DEPENDENCY, place, wish, verdict, heard, known, home) .. queue)
  if verdict == UNKNOWN and head.state >= SUCCEEDED then flow.reopen(head) end
end

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

-- The workflow of a member, elsewhere, is gone, or does not know of it: it is kept like any other job, however often it ends yet.
function flow.orphan(id, head)
  load({id})
  if not jobs[id] then return end
  flow.stray(jobs[id], head)
  flow.letGo(id, head)
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
  forget(base .. ':m:' .. id)
  call('HDEL', letters, 'r' .. id, 'h' .. id, 'v' .. id)
  call('HDEL', patient, id)
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
