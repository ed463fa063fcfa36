-- Put before scripts that move jobs: unique keys.
-- Letters: "u" and a job: the home of its key, the stamp, until when the job holds it, the key's name.

local lapsing = base .. ':lapsing'

local function keyOf(job)
  local key = call('GET', base .. ':q:' .. job.id)
  if not key then return nil end
  local home, stamp, at = unpacked(KEY, key)
  return home, stamp, sub(key, at), key
end

-- How long the key stays taken after the job's end; NEVER until the job is deleted.
local function windowOf(job)
  return band(job.flags, FLOW) ~= 0 and flow.of(job).window or 0
end

-- The key is freed here if it is homed here; otherwise the outbox tells its home.
local function free(job)
  local home, _, name, key = keyOf(job)
  if home == partition then
    if holderOf(name) == job.id then call('HDEL', unique, name) end
  elseif home then
    call('HSET', outbox, job.id, key)
  end
end

-- The job has ended and holds its key until then.
local function hold(job, til)
  local home, stamp, name = keyOf(job)
  if home == partition then
    local holder, since = holderOf(name)
    if holder and holder ~= job.id then return end
    call('HSET', unique, name, pack(HOLDER, job.id, since or now, partition, stamp) .. pack('>d', til))
    call('ZADD', lapsing, told(til), name)
  elseif home then
    call('HSET', letters, 'u' .. job.id, pack('>I2dd', home, stamp, til) .. name)
  end
  job.keep = math.max(job.keep, til)
end

-- The job has ended: its key is free, at once or after its window, or stays taken.
function uniques.ended(job)
  local window = windowOf(job)
  if window == 0 then free(job) end
  if window == 0 or window == NEVER then return end
  local home, _, name = keyOf(job)
  -- A key that passed to another while this one ran is not this one's any more.
  if home == partition and holderOf(name) ~= job.id then return end
  hold(job, now + window)
end

-- A job came from elsewhere: the key is its own if it is unfinished or in its window, and no other holds it.
function uniques.imported(job)
  if band(job.flags, UNIQUE) == 0 or uniques.other(job) then return end
  local window = windowOf(job)
  if job.state < SUCCEEDED or window == NEVER then
    uniques.own(job)
  elseif window > 0 and job.finished + window > now then
    hold(job, job.finished + window)
  end
end

function uniques.deleted(job)
  if job.state < SUCCEEDED then return free(job) end
  if windowOf(job) == 0 then return end
  call('HDEL', letters, 'u' .. job.id)
  free(job)
end

-- Makes the key the job's own if it is homed here; elsewhere the caller has reserved it.
function uniques.own(job)
  local home, stamp, name = keyOf(job)
  if home == partition then
    call('HSET', unique, name, pack(HOLDER, job.id, now, partition, stamp))
  elseif home then
    call('HDEL', outbox, job.id)
    if band(job.flags, FLOW) ~= 0 then call('HDEL', letters, 'u' .. job.id) end
  end
end

-- Whether another job holds the key, if it is homed here; and that job.
function uniques.other(job)
  local home, _, name = keyOf(job)
  local holder = home == partition and holderOf(name)
  return holder and holder ~= job.id and holder
end

-- Whether the key is homed in another partition.
function uniques.abroad(job)
  local home = keyOf(job)
  return home and home ~= partition
end

-- The places of a text's parts in what a producer said (Specs.java): of the queue, and of the keys, with their lengths.
local function places(spec)
  local has, at = unpacked('B', spec)
  local function text()
    local size, from = unpacked('>I4', spec, at)
    at = from + size
    return from, size
  end
  text()
  local queue = at
  text()
  local options = at
  text()
  text()
  for _, each in ipairs({1, 2}) do
    local count, from = unpacked('>I2', spec, at)
    at = from
    for _ = 1, count * each do text() end
  end
  if band(has, 1) ~= 0 then at = at + 12 end
  local keys = band(has, 8) ~= 0 and at
  return queue, options, keys
end

-- What the new producer said, with the queue, the group and the workflow that the job has.
local function spliced(old, new)
  local oldQueue, oldOptions, oldKeys = places(old)
  local newQueue, newOptions, newKeys = places(new)
  local had = oldKeys and cjson.decode(sub(old, oldKeys + 4)) or {}
  local has = cjson.decode(sub(new, newKeys + 4))
  local keys = cjson.encode({unique = has.unique, group = had.group, member = had.member})
  return sub(new, 1, newQueue - 1) .. sub(old, oldQueue, oldOptions - 1) .. sub(new, newOptions, newKeys - 1)
    .. pack('>I4', #keys) .. keys
end

-- A job that runs loses its key, and its rule with it, to one that is about to be stored.
function uniques.lose(job)
  local id = job.id
  free(job)
  local spec = call('GET', base .. ':s:' .. id)
  local _, _, at = places(spec)
  if at then
    local keys = cjson.decode(sub(spec, at + 4))
    keys.unique = nil
    local text = next(keys) and cjson.encode(keys) or ''
    write(base .. ':s:' .. id, sub(spec, 1, at - 1) .. pack('>I4', #text) .. text)
  else
    -- As the first layout had it: without the bit, what is left is not looked at.
    local has = string.byte(spec)
    write(base .. ':s:' .. id, string.char(band(has, 251)) .. sub(spec, 2))
  end
  forget(base .. ':q:' .. id)
  flow.window(job, 0)
  job.flags = job.flags - UNIQUE
  save(job)
end

-- A job that waits becomes what was enqueued with its key.
-- next: spec, large, due, delay (or nil), expires, priority, keepFor, keepsDue, window
function uniques.replace(job, next)
  lift(job)
  local id = job.id
  write(base .. ':s:' .. id, spliced(call('GET', base .. ':s:' .. id), next.spec))
  if next.large ~= '' then write(base .. ':b:' .. id, next.large) else forget(base .. ':b:' .. id) end
  job.flags = bor(band(job.flags, UNIQUE + FLOW + KIDS + HOLDS), next.large ~= '' and LARGE or 0)
  forget(base .. ':k:' .. id)
  flow.window(job, next.window)
  local byParents = job.state == BLOCKED and job.reason == BY_PARENTS
  job.priority, job.expires, job.keepFor, job.attempt = next.priority, next.expires, next.keepFor, 0
  if not next.keepsDue then
    job.due = next.due
    job.exchange = byParents and next.delay and next.delay + 1 or 0
  end
  if not byParents then
    if job.due > now then
      groups.free(job)
      job.state, job.reason = SCHEDULED, 0
    else
      job.state, job.reason = ready(job)
    end
  end
  place(job)
end
