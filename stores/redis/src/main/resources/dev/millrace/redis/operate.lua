-- Does something to jobs by hand.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED; 6 states in which the jobs are meant, as digits; 7 operation: cancel,
--   again, revive, delete, priority or due; 8 its value: the priority or the time; 9 1 if the time is a delay; 10... ids, each
--   with the stamp under which its key was reserved where it is homed elsewhere, or 0, and since when
-- Result: for each id "D" done, "Q" requested, "N" not there or not meant any more, a digit: refused in this state,
--   "H" and the id of the job that holds its key, or "P" and that of the parent that did not succeed; then 1 if there
--   are letters
if ARGV[7] == 'delete' or ARGV[7] == 'cancel' then allowAnyway() end
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local states, operation, value = ARGV[6], ARGV[7], tonumber(ARGV[8])

-- Whether the key is homed elsewhere and not reserved (the job was not such when it was found), or not any more. Notes the stamp
-- otherwise.
local function unreserved(job, stamp, since)
  local key = call('GET', base .. ':q:' .. job.id)
  if not key then return false end
  local home, _, at = unpacked(KEY, key)
  if home == partition then return false end
  if stamp == 0 or lapsed(job.id, since) then return true end
  call('SET', base .. ':q:' .. job.id, pack(KEY, home, stamp) .. sub(key, at))
  return false
end

local function again(job, stamp, since)
  if job.state < SUCCEEDED then return tostring(job.state) end
  local holder = uniques.other(job)
  if holder then return 'H' .. holder end
  local parent = flow.broken(job)
  if parent then return 'P' .. parent end
  if unreserved(job, stamp, since) then return 'N' end
  lift(job)
  if job.tail ~= '' and job.last == SUCCESS then addRun(job, job.token, SUCCESS, job.tail, job.finished, '') end
  job.tail, job.rescues, job.snoozes, job.attempt, job.reason = '', 0, 0, 0, 0
  job.started, job.finished, job.keep, job.expires, job.due = NEVER, NEVER, NEVER, NEVER, now
  job.exchange = 0
  if flow.waitsAgain(job) then
    job.state, job.reason = BLOCKED, BY_PARENTS
  else
    job.state, job.reason = ready(job)
  end
  for _, part in ipairs({':e:', ':o:', ':g:'}) do forget(base .. part .. job.id) end
  if band(job.flags, UNIQUE) ~= 0 then uniques.own(job) end
  place(job)
  flow.tell(job, flow.unknown)
  flow.judge(job)
  return 'D'
end

-- Lets a job come back whose parent is unfinished again and whose key, homed elsewhere, is reserved now.
local function revive(job, stamp, since)
  call('HDEL', letters, 'v' .. job.id)
  if not flow.mayComeBack(job) or unreserved(job, stamp, since) then return 'N' end
  flow.reopen(job)
  return 'D'
end

local function operate(job, stamp, since)
  local state = job.state
  if operation == 'cancel' then
    if state == RUNNING then
      job.flags = bor(job.flags, CANCEL_ASKED)
      save(job)
      return 'Q'
    end
    if state > RUNNING then return tostring(state) end
    move(job, CANCELLED, REQUESTED)
  elseif operation == 'again' then
    return again(job, stamp, since)
  elseif operation == 'revive' then
    return revive(job, stamp, since)
  elseif operation == 'delete' then
    if state == RUNNING then return tostring(state) end
    delete(job)
  else
    if state ~= SCHEDULED and state ~= READY then return tostring(state) end
    lift(job)
    if operation == 'priority' then
      job.priority = value
    else
      job.due = math.max(now, ARGV[9] == '1' and now + value or value)
      if job.due > now then groups.free(job) end
      if job.due > now then job.state = SCHEDULED else job.state, job.reason = ready(job) end
    end
    place(job)
  end
  return 'D'
end

local wanted = {}
for i = 10, #ARGV, 3 do wanted[#wanted + 1] = ARGV[i] end
load(wanted)
local answers = {}
for i, id in ipairs(wanted) do
  local job = jobs[id]
  local meant = job and string.find(states, tostring(job.state), 1, true)
  answers[i] = meant and operate(job, tonumber(ARGV[8 + i * 3]), tonumber(ARGV[9 + i * 3])) or 'N'
end
flush()
effects()
answers[#answers + 1] = call('EXISTS', letters)
return answers
