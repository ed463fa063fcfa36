-- Put before scripts that look at limits: those of the partition's queues, and buckets of tokens.
-- :limits: hash, a queue to its limits as limit.lua got them: the version, until when they hold, a token's interval (0 for no rate) and
-- the burst, the fair share (0 for none), how many names of groups; for each the name, how many at once (0 for any number), a token's
-- interval, the burst. Of a queue that has lost its limits there is the version alone. :rated: set, queues with a rate.
-- A bucket is one number, as dev.millrace.spi.Rate says: its score in :buckets, where q and the queue, or g and the group name it.

local UNLIMITED = {interval = 0, burst = 0, fair = 0, groups = {}}
local buckets = base .. ':buckets'
local known, filled = {}, {}
local rated

local function parsed(text)
  if not text or #text == 8 then return UNLIMITED end
  local _, death, interval, burst, fair, count, at = unpacked('>dddI4I4I2', text)
  if death <= now then return UNLIMITED end
  local names = {}
  for _ = 1, count do
    local name, atOnce, every, most
    name, atOnce, every, most, at = unpacked('>I2c0I4dI4', text, at)
    names[name] = {atOnce = atOnce, interval = every, burst = most}
  end
  return {interval = interval, burst = burst, fair = fair, groups = names}
end

-- What is set for a queue.
function limits.of(queue)
  local set = known[queue]
  if not set then
    set = parsed(call('HGET', base .. ':limits', queue))
    known[queue] = set
  end
  return set
end

-- Whether any queue has a rate: those that have none are not asked about one by one.
function limits.rated()
  if rated == nil then rated = call('EXISTS', base .. ':rated') == 1 end
  return rated
end

-- When the bucket would be full. One that was emptied under a slower rate, or by a clock that went back, is just empty from now on.
local function fullAt(rate, bucket)
  local full = filled[bucket]
  if not full then
    full = tonumber(call('ZSCORE', buckets, bucket) or 0)
    local most = now + rate.burst * rate.interval
    if full > most then
      full = most
      call('ZADD', buckets, format('%.0f', full), bucket)
    end
    filled[bucket] = full
  end
  return math.max(full, now)
end

-- How many tokens the bucket holds. A clock that goes back a little must not make one out of two: a token counts from a hundredth of its
-- time, a second at most, before it is there.
function limits.tokens(rate, bucket)
  local early = math.min(rate.interval / 100, 1000000)
  local tokens = math.floor((now + early + rate.burst * rate.interval - fullAt(rate, bucket)) / rate.interval)
  return math.min(tokens, rate.burst)
end

function limits.take(rate, bucket, count)
  filled[bucket] = fullAt(rate, bucket) + count * rate.interval
  call('ZADD', buckets, format('%.0f', filled[bucket]), bucket)
end

-- From when on the bucket holds a token.
function limits.nextAt(rate, bucket)
  return math.max(now, fullAt(rate, bucket) - (rate.burst - 1) * rate.interval)
end
