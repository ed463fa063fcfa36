-- Stores jobs, all or none.
-- ARGV: 3 the number of lanes, then their names; then for each job four:
--   what is fixed: id, lane (index above), due is relative, due, expiry is relative, expiry, priority, keep for, since when its
--     key is reserved where that is homed elsewhere
--   what its producer said; a large payload or nothing; the home and name of its unique key or nothing
-- Result: one text per job: "S" stored, "K" known, "D" and the holder's id, "O", the holder's id and partition, and since when
--   where that holder has only reserved the key, for long, and may never come, or "B" where the reservation of the key has
--   lapsed: it may have gone to another
local laneCount = tonumber(ARGV[3])
local laneNumbers = {}

-- A lane is made for a job that is stored, not for one that is known already.
local function laneAt(index)
  local lane = laneNumbers[index] or laneOf(ARGV[3 + index])
  laneNumbers[index] = lane
  return lane
end

local first = 4 + laneCount
local wanted = {}
for at = first, #ARGV, 4 do wanted[#wanted + 1] = sub(ARGV[at], 1, 16) end
load(wanted)
local buried = {}
if call('EXISTS', gone) == 1 then
  for from = 1, #wanted, 4000 do
    local part = call('ZMSCORE', gone, unpack(wanted, from, math.min(from + 3999, #wanted)))
    for i = 1, #part do
      if part[i] and tonumber(part[i]) > now then buried[wanted[from + i - 1]] = true end
    end
  end
end

local arrival = arrivalsFor(#wanted)
local answers = {}
for index = 1, #wanted do
  local at = first + (index - 1) * 4
  local id = wanted[index]
  local key = ARGV[at + 3]
  local holder, since, elsewhere, late
  local _, lane, later, moment, ends, expiry, priority, keepFor, reserved = unpacked('>c16I2BdBdhdd', ARGV[at])
  if key ~= '' and not jobs[id] and not buried[id] then
    local home, _, from = unpacked(KEY, key)
    if home == partition then
      local kept = call('HGET', unique, sub(key, from))
      -- A reservation whose job lives elsewhere, or nowhere yet, holds as well.
      if kept then
        local to
        holder, since, to = unpacked(HOLDER, kept)
        if to ~= partition and now - since > RESERVED then elsewhere = to end
      end
      if holder == id then holder = nil end
    else
      late = lapsed(id, reserved)
    end
  end
  if jobs[id] or buried[id] then
    answers[index] = 'K'
  elseif late then
    answers[index] = 'B'
  elseif holder and elsewhere then
    answers[index] = 'O' .. holder .. pack('>I2d', elsewhere, since)
  elseif holder then
    answers[index] = 'D' .. holder
  else
    if later == 1 then moment = now + moment end
    if moment < now then moment = now end
    if ends == 1 then expiry = now + expiry end
    if expiry < now then expiry = now end
    arrival = arrival + 1
    local flags = (ARGV[at + 2] ~= '' and LARGE or 0) + (key ~= '' and UNIQUE or 0)
    local job = {id = id, state = moment > now and SCHEDULED or READY, reason = 0, last = 255, flags = flags,
      priority = priority, lane = laneAt(lane), token = 0, attempt = 0, snoozes = 0, rescues = 0,
      arrival = arrival, created = now, due = moment, expires = expiry, started = NEVER, finished = NEVER,
      keep = NEVER, keepFor = keepFor, exchange = 0, session = NOBODY, tail = '', dirty = false, off = false}
    jobs[id] = job
    write(base .. ':s:' .. id, ARGV[at + 1])
    if ARGV[at + 2] ~= '' then write(base .. ':b:' .. id, ARGV[at + 2]) end
    if key ~= '' then
      call('SET', base .. ':q:' .. id, key)
      takeKey(job)
    end
    add(ids, 0, id)
    add(arrivals, arrival, id)
    place(job)
    answers[index] = 'S'
  end
end
flush()
return answers
