-- Put before every script: the partition's keys, and its clock.
--
-- KEYS of every script, in this order, all with the partition's hash tag:
--   ids        sorted set, by id: every job
--   arrivals   sorted set, by arrival: every job
--   due        sorted set, by due time: SCHEDULED jobs
--   expiring   sorted set, by expiry: jobs that wait and have one
--   succeeded, failed, cancelled   sorted sets, by keep-until: jobs that have ended
--   counts     hash, "lane:state" to how many
--   lanes      hash, name (kind and queue) to lane number; names is its reverse
--   names
--   live       set, lanes that may have READY jobs: number and name
--   gone       sorted set, by the time of forgetting: ids of deleted jobs
--   unique     hash, kind and key, homed here, to HOLDER below
--   outbox     hash, what another partition is still to be told: keys of ended jobs to be freed
--   open       set, sessions that may claim here
--   workers    hash, session to the worker's name, session and # to the number of its last call that claimed
--   numbers    hash, counters that only grow; history, the replication id under which jobs were claimed last, and epoch, what
--              lease tokens are above since then
-- ARGV of every script: 1 the clock's offset in microseconds, 2 the partition's number; the rest is the script's own.
--
-- Keys of one job, computed with the same tag: :h: its head, :s: what its producer said, :b: a large payload, :o: result,
-- :e: last failure, :g: progress, :u: list of run records, :l: list of log lines, :z: size of the log, :k: hash of steps,
-- :q: home, stamp and name of its unique key. Of one lane: :r: READY jobs, :x: struck ones. Of one session: :w: its claims.
-- Besides: :burned, sorted set, jobs to whose reservations up to this time nothing is stored here any more; :lapsing, sorted set,
-- keys whose holders have ended, by the end of their window. What ties jobs to others is told of in limits.lua, groups.lua and
-- dependencies.lua; what is to be done for them later lies in :letters.

local call, pack, unpacked, sub, format = redis.call, struct.pack, struct.unpack, string.sub, string.format
local band, bor = bit.band, bit.bor

local ids, arrivals, due, expiring = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ended = {[4] = KEYS[5], [5] = KEYS[6], [6] = KEYS[7]}
local counts, lanes, names, live = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local gone, unique, outbox, open, workers, numbers = KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16], KEYS[17]
local base = sub(ids, 1, -5)
local burned = base .. ':burned'
local letters, patient = base .. ':letters', base .. ':patient'
local partition = tonumber(ARGV[2])

local BLOCKED, SCHEDULED, READY, RUNNING, SUCCEEDED, FAILED, CANCELLED = 0, 1, 2, 3, 4, 5, 6
local REQUESTED, EXPIRED = 1, 2
-- FLOW: it has a record of what ties it to others (dependencies.lua); KIDS: others wait for it; HOLDS: a slot of its group.
local CANCEL_ASKED, LARGE, UNIQUE, STEPS, FLOW, KIDS, HOLDS = 1, 2, 4, 8, 16, 32, 64
-- The reason why a job is BLOCKED.
local BY_PARENTS, BY_GROUP = 0, 1
local NEVER, NOBODY = math.huge, string.rep('\0', 16)

local time = call('TIME')
local now = time[1] * 1000000 + time[2] + tonumber(ARGV[1])
