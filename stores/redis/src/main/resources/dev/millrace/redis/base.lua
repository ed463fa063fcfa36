-- Put before every script, behind keys.lua: the heads of jobs, and writes gathered until flush().

-- state, reason, last end, flags, priority, lane, token, attempt, snoozes, rescues, arrival, created, due, expires,
-- started, finished, keep until, keep for, exchange, session; behind it the worker's name if the last run succeeded. Of a job that
-- waits for its parents, the exchange is the delay that counts from their end, and one more; 0 if its due time is absolute.
local HEAD = '>BBBBhI4dI4I4I4dddddddddc16'

-- Of a unique key: the job that holds it, since when, in which partition that job lives, the stamp of the reservation; and, if the
-- job has ended, until when it holds it still.
-- A reservation has a stamp so that a late word of an earlier end of the same job does not free it; it is 0 but for a job that
-- is run again. Since when tells one reservation of a job from the next; it is old after a lease, and nothing is stored on the
-- strength of one that is older than an hour.
local HOLDER, KEY, RESERVED, BELIEVED = '>c16dI2d', '>I2d', 30000000, 3600000000

-- Who holds a key that is homed here, since when, in which partition, and the stamp; nothing if the key is free.
local function holderOf(name)
  local kept = call('HGET', unique, name)
  if not kept then return nil end
  local id, since, to, stamp, at = unpacked(HOLDER, kept)
  if at <= #kept and unpacked('>d', kept, at) <= now then return nil end
  return id, since, to, stamp
end

-- Whether a reservation of another partition's key may have been given to others.
local function lapsed(id, since)
  if since < now - BELIEVED then return true end
  local upTo = call('ZSCORE', burned, id)
  return upTo and tonumber(upTo) >= since
end

local function parse(id, head)
  local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, tail = unpacked(HEAD, head)
  return {id = id, state = a, reason = b, last = c, flags = d, priority = e, lane = f, token = g, attempt = h,
    snoozes = i, rescues = j, arrival = k, created = l, due = m, expires = n, started = o, finished = p, keep = q,
    keepFor = r, exchange = s, session = t, tail = sub(head, tail), dirty = false, off = false}
end

local function packed(job)
  return pack(HEAD, job.state, job.reason, job.last, job.flags, job.priority, job.lane, job.token, job.attempt,
    job.snoozes, job.rescues, job.arrival, job.created, job.due, job.expires, job.started, job.finished, job.keep,
    job.keepFor, job.exchange, job.session) .. job.tail
end

-- Calls a command with many arguments, so many at a time as the stack of Lua holds.
local function many(command, key, list)
  local size = #list
  for from = 1, size, 4000 do
    local to = from + 3999 < size and from + 3999 or size
    if key then call(command, key, unpack(list, from, to)) else call(command, unpack(list, from, to)) end
  end
end

local function read(keys)
  local found = {}
  for from = 1, #keys, 4000 do
    local part = call('MGET', unpack(keys, from, math.min(from + 3999, #keys)))
    for i = 1, #part do found[from + i - 1] = part[i] end
  end
  return found
end

local jobs, deleted = {}, {}

-- Brings the heads of these jobs into jobs; those that do not exist, or are deleted by this call, are left out.
local function load(wanted)
  local keys, missing = {}, {}
  for i = 1, #wanted do
    local id = wanted[i]
    if not jobs[id] and not deleted[id] then
      missing[#missing + 1] = id
      keys[#keys + 1] = base .. ':h:' .. id
    end
  end
  local heads = read(keys)
  for i = 1, #missing do
    if heads[i] then jobs[missing[i]] = parse(missing[i], heads[i]) end
  end
end

-- What calls that are about limits, unique keys, groups or dependencies need; each is defined when it is first asked for (Script.java),
-- since most calls have no use for it. Their writers are called by flush().
local limits, uniques, groups, flow, writers = {}, {}, {}, {}, {}

local definitions = {}
local undefined = {__index = function(into, name)
  setmetatable(into, nil)
  definitions[into]()
  return into[name]
end}

local function lazily(into, define)
  definitions[into] = define
  setmetatable(into, undefined)
end

local adds, removes, joins, leaves, tallies, dirty, writes, deletes = {}, {}, {}, {}, {}, {}, {}, {}

local function into(lists, key)
  local list = lists[key]
  if not list then
    list = {}
    lists[key] = list
  end
  return list
end

local function add(key, score, member)
  local list = into(adds, key)
  local size = #list
  list[size + 1] = score
  list[size + 2] = member
end

local function remove(key, member)
  local list = into(removes, key)
  list[#list + 1] = member
end

local function join(key, member)
  local list = into(joins, key)
  list[#list + 1] = member
end

local function leave(key, member)
  local list = into(leaves, key)
  list[#list + 1] = member
end

local function write(key, value)
  writes[#writes + 1] = key
  writes[#writes + 1] = value
end

local function forget(key)
  deletes[#deletes + 1] = key
end

-- Lanes that jobs were deleted from: those that are empty now go with flush().
local thinned = {}

local function tally(job, change)
  local lane = into(tallies, job.lane)
  lane[job.state] = (lane[job.state] or 0) + change
end

local function save(job)
  if not job.dirty then
    job.dirty = true
    dirty[#dirty + 1] = job
  end
end

-- Forgets a lane that has no job any more. Its number is never given again.
local function dropIfEmpty(lane)
  local fields = {}
  for state = BLOCKED, CANCELLED do fields[#fields + 1] = lane .. ':' .. state end
  local left = call('HMGET', counts, unpack(fields))
  for i = 1, #left do
    if left[i] and left[i] ~= '0' then return end
  end
  local name = call('HGET', names, lane)
  if not name then return end
  call('HDEL', counts, unpack(fields))
  call('HDEL', names, lane)
  call('HDEL', lanes, name)
  call('SREM', live, pack('>I4', lane) .. name)
  call('UNLINK', base .. ':r:' .. lane, base .. ':x:' .. lane)
end

-- Grows with each flush(): what was put into an index since the last one cannot be taken out of it before the next.
local round = 1

-- Makes all gathered writes: what leaves first, then what comes.
local function flush()
  round = round + 1
  for key, list in pairs(removes) do many('ZREM', key, list) end
  for key, list in pairs(leaves) do many('SREM', key, list) end
  for key, list in pairs(adds) do many('ZADD', key, list) end
  for key, list in pairs(joins) do many('SADD', key, list) end
  for lane, states in pairs(tallies) do
    for state, change in pairs(states) do
      if change ~= 0 and call('HINCRBY', counts, lane .. ':' .. state, change) == 0 then
        call('HDEL', counts, lane .. ':' .. state)
      end
    end
  end
  for lane in pairs(thinned) do dropIfEmpty(lane) end
  if #deletes > 0 then many('UNLINK', nil, deletes) end
  for i = 1, #dirty do
    local job = dirty[i]
    job.dirty = false
    write(base .. ':h:' .. job.id, packed(job))
  end
  if #writes > 0 then many('MSET', nil, writes) end
  for i = 1, #writers do writers[i]() end
  adds, removes, joins, leaves, tallies, dirty, writes, deletes, thinned = {}, {}, {}, {}, {}, {}, {}, {}, {}
end

-- Redis lets a script that has made a change write on when maxmemory is reached. What frees memory, or settles, or keeps
-- sessions alive begins with one that changes nothing.
local function allowAnyway()
  call('UNLINK', base .. ':none')
end

-- What to say of a time: NEVER as an empty text.
local function told(moment)
  return moment == NEVER and '' or format('%.0f', moment)
end

local laneNames = {}

local function laneName(lane)
  local name = laneNames[lane]
  if not name then
    name = call('HGET', names, lane)
    laneNames[lane] = name
  end
  return name
end

-- The number of a lane, made when it is new.
local function laneOf(name)
  local lane = call('HGET', lanes, name)
  if not lane then
    lane = call('HINCRBY', numbers, 'lane', 1)
    call('HSET', lanes, name, lane)
    call('HSET', names, lane, name)
  end
  lane = tonumber(lane)
  laneNames[lane] = name
  return lane
end

-- Names the unbroken history of writes that this server is in: another after each start and each failover. What was lost was
-- written under another name than what comes after the loss.
local function history()
  return string.match(call('INFO', 'replication'), 'master_replid:(%x+)') or ''
end

-- Gives new jobs their arrivals; the number before the first. The store's first job notes the history that it belongs to.
local function arrivalsFor(count)
  local before = call('HINCRBY', numbers, 'arrival', count) - count
  if before == 0 then call('HSETNX', numbers, 'history', history()) end
  return before
end

local function kindAndQueue(name)
  local kind, at = unpacked('>I2c0', name)
  return kind, sub(name, at)
end
