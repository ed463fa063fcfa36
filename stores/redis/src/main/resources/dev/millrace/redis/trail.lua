-- Put before scripts that write what runs leave behind.

local MOST_RUNS, MOST_LOG, MOST_LINES = 20, 65536, 5000
local SUCCESS, RETRIED, FAILURE, SNOOZED, HANDED_BACK, EXPIRY, CANCELLATION, RESCUED = 0, 1, 2, 3, 4, 5, 6, 7

local function addRun(job, token, finish, worker, finished, failure)
  local key = base .. ':u:' .. job.id
  local size = call('RPUSH', key,
    pack('>dBI4ddI2', token, finish, job.attempt, job.started, finished, #worker) .. worker .. failure)
  if size > MOST_RUNS then call('LTRIM', key, -MOST_RUNS, -1) end
end

-- Lines are ARGV from .. from + count - 1: length in characters, time, text.
local function addLog(job, from, count)
  local list, sizes = base .. ':l:' .. job.id, base .. ':z:' .. job.id
  local kept = call('GET', sizes)
  local size, dropped = 0, 0
  if kept then size, dropped = unpacked('>dB', kept) end
  for i = from, from + count - 1 do
    size = size + unpacked('>I4', ARGV[i])
    local lines = call('RPUSH', list, ARGV[i])
    while size > MOST_LOG or lines > MOST_LINES do
      size = size - unpacked('>I4', call('LPOP', list))
      lines = lines - 1
      dropped = 1
    end
  end
  call('SET', sizes, pack('>dB', size, dropped))
end

local workerNames = {}

-- The name of the worker that holds a job.
local function workerOf(job)
  local name = workerNames[job.session]
  if not name then
    name = call('HGET', workers, job.session) or ''
    workerNames[job.session] = name
  end
  return name
end

-- Whether the run of this token ended so.
local function recorded(job, token, finish)
  if job.token == token then return job.last == finish end
  for _, run in ipairs(call('LRANGE', base .. ':u:' .. job.id, 0, -1)) do
    local of, how = unpacked('>dB', run)
    if of == token and how == finish then return true end
  end
  return false
end
