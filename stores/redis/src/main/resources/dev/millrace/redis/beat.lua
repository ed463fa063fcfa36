-- Renews a session at its home, and in every partition takes in what runs report and tells what the session holds.
-- ARGV: 3 session, 4 "home" or "", 5 status, 6 how many reports, each:
--     fixed: id, token, 1 if it has progress, lines; then the progress, the lines
-- Result: 1 if the session is open, now, command, 1 if any job is READY; then for each claim its id, token, exchange,
--   1 if its cancellation was asked for, its queue
allowAnyway()
local session = ARGV[3]
local command = ''
if ARGV[4] == 'home' then
  local record = base .. ':session:' .. session
  if call('HEXISTS', record, 'opened') == 0 or call('HEXISTS', record, 'closed') == 1 then return {0, told(now)} end
  call('HSET', record, 'heard', told(now), 'status', ARGV[5])
  command = call('HGET', record, 'command') or ''
elseif call('SISMEMBER', open, session) == 0 then
  return {0, told(now)}
end
local arg = 7
for _ = 1, tonumber(ARGV[6]) do
  local id, token, hasProgress, lines = unpacked('>c16dBI2', ARGV[arg])
  load({id})
  local job = jobs[id]
  local owned = job and job.state == RUNNING and job.token == token
  if owned and hasProgress == 1 then write(base .. ':g:' .. id, ARGV[arg + 1]) end
  arg = arg + 1 + hasProgress
  if owned and lines > 0 then addLog(job, arg, lines) end
  arg = arg + lines
end
flush()
local claimable = 0

-- Whether the rate of a lane's queue allows a claim now.
local function claimableFrom(name)
  if not limits.rated() then return true end
  local _, queue = kindAndQueue(name)
  local rate = limits.of(queue)
  return rate.interval == 0 or limits.tokens(rate, 'q' .. queue) > 0
end

for _, entry in ipairs(call('SMEMBERS', live)) do
  local number, at = unpacked('>I4', entry)
  if call('EXISTS', base .. ':r:' .. number, base .. ':x:' .. number) == 0 then
    call('SREM', live, entry)
  elseif claimableFrom(sub(entry, at)) then
    claimable = 1
    break
  end
end
local held = call('SMEMBERS', base .. ':w:' .. session)
load(held)
local reply = {1, told(now), command, claimable}
for _, id in ipairs(held) do
  local job = jobs[id]
  if job and job.state == RUNNING then
    local _, queue = kindAndQueue(laneName(job.lane))
    local size = #reply
    reply[size + 1], reply[size + 2], reply[size + 3] = id, told(job.token), told(job.exchange)
    reply[size + 4], reply[size + 5] = band(job.flags, CANCEL_ASKED), queue
  end
end
return reply
