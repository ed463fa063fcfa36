-- Promotes, rescues, expires, deletes, in one partition.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 limit; 7 and 8 how many SUCCEEDED and CANCELLED jobs may stay;
--   9 the failure of a job that is struck out; 10... closed sessions
-- Result: promoted, rescued, expired, purged, how many SUCCEEDED, how many CANCELLED there are, 1 if the outbox is
--   not empty, 2 more if there are letters; then for each closed session how many claims it still holds; then every session that is known
--   here, and its worker
allowAnyway()
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local limit = tonumber(ARGV[6])
local struckOut = ARGV[9]
local promoted = promote(limit)
groups.sweep(limit)
effects()
promoted = promoted + groups.admitted
groups.budget = 5000

local function rescue(job)
  local cancelled, dead = band(job.flags, CANCEL_ASKED) ~= 0, job.rescues >= 3
  local failure = not cancelled and dead and struckOut or ''
  if failure ~= '' then write(base .. ':e:' .. job.id, failure) end
  addRun(job, job.token, RESCUED, workerOf(job), now, failure)
  job.last = RESCUED
  job.rescues = job.rescues + 1
  if cancelled then
    move(job, CANCELLED, REQUESTED)
  elseif dead then
    move(job, FAILED)
  elseif expired(job) then
    move(job, CANCELLED, EXPIRED)
  else
    job.attempt = job.attempt - 1
    move(job, READY)
  end
end

local rescued = 0
local held = {}
for i = 10, #ARGV do
  local session = ARGV[i]
  local claims = base .. ':w:' .. session
  call('SREM', open, session)
  if rescued < limit then
    local found = call('SRANDMEMBER', claims, limit - rescued)
    load(found)
    for _, id in ipairs(found) do
      local job = jobs[id]
      if job and job.state == RUNNING and job.session == session then rescue(job) else leave(claims, id) end
    end
    flush()
    rescued = rescued + #found
  end
  held[#held + 1] = call('SCARD', claims)
  if held[#held] == 0 then call('HDEL', workers, session, session .. '#') end
end

local late = call('ZRANGEBYSCORE', expiring, '-inf', told(now), 'LIMIT', 0, limit)
load(late)
for _, id in ipairs(late) do
  local job = jobs[id]
  if job and job.state < RUNNING and expired(job) then move(job, CANCELLED, EXPIRED) else remove(expiring, id) end
end
flush()

local purged = 0
local function purge(state, found)
  load(found)
  for _, id in ipairs(found) do
    local job = jobs[id]
    if job and job.state == state then delete(job) else remove(ended[state], id) end
  end
  flush()
  purged = purged + #found
end
for state = SUCCEEDED, CANCELLED do
  purge(state, call('ZRANGEBYSCORE', ended[state], '-inf', told(now), 'LIMIT', 0, limit - purged))
end
for index, state in ipairs({SUCCEEDED, CANCELLED}) do
  local beyond = math.min(call('ZCOUNT', ended[state], '-inf', '(inf') - tonumber(ARGV[6 + index]), limit - purged)
  if beyond > 0 then purge(state, call('ZRANGE', ended[state], 0, beyond - 1)) end
end

effects()

call('ZREMRANGEBYSCORE', base .. ':buckets', '-inf', told(now))
for _, name in ipairs(call('ZRANGEBYSCORE', base .. ':lapsing', '-inf', told(now), 'LIMIT', 0, 1000)) do
  if not holderOf(name) then call('HDEL', unique, name) end
  call('ZREM', base .. ':lapsing', name)
end

-- Parents that were not there may be now.
local waiting = call('HRANDFIELD', patient, 500, 'WITHVALUES')
for i = 1, #waiting, 2 do
  call('HSETNX', letters, 'r' .. waiting[i], waiting[i + 1])
  call('HDEL', patient, waiting[i])
end

local known = call('ZRANGEBYSCORE', gone, '-inf', told(now), 'LIMIT', 0, 4000)
if #known > 0 then call('ZREM', gone, unpack(known)) end
local dying = base .. ':dying'
for _, entry in ipairs(call('ZRANGEBYSCORE', dying, '-inf', told(now), 'LIMIT', 0, 1000)) do
  local space, at = unpacked('>I2c0', entry)
  call('HDEL', base .. ':n:' .. space, sub(entry, at))
  call('ZREM', dying, entry)
end

local reply = {promoted, rescued, #late, purged, call('ZCOUNT', ended[SUCCEEDED], '-inf', '(inf'),
  call('ZCOUNT', ended[CANCELLED], '-inf', '(inf'), call('EXISTS', outbox) + 2 * call('EXISTS', letters)}
for i = 1, #held do reply[#reply + 1] = held[i] end
local sessions = call('HGETALL', workers)
for i = 1, #sessions, 2 do
  if #sessions[i] == 16 then
    reply[#reply + 1] = sessions[i]
    reply[#reply + 1] = sessions[i + 1]
  end
end
return reply
