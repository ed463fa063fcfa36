-- Tells how many jobs there are by lane and state.
-- Result: for each lane and state the lane's name, the state, how many, and for READY when the one that has waited longest
--   became due, in milliseconds
local BAND = 4398046511104
local reply = {}

local function oldest(key, known)
  local from = '-inf'
  while true do
    local head = call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not head[2] then return known end
    local score = tonumber(head[2])
    local ms = score % BAND
    if ms < known then known = ms end
    from = format('%.0f', score - ms + BAND)
  end
end

local all = call('HGETALL', counts)
for i = 1, #all, 2 do
  local lane, state = string.match(all[i], '^(%d+):(%d)$')
  if all[i + 1] ~= '0' then
    local since = ''
    if tonumber(state) == READY then
      since = told(oldest(base .. ':x:' .. lane, oldest(base .. ':r:' .. lane, NEVER)))
    end
    local size = #reply
    reply[size + 1], reply[size + 2], reply[size + 3] = laneName(lane), tonumber(state), tonumber(all[i + 1])
    reply[size + 4] = since
  end
end
return reply
