-- Works off letters: what has become necessary for other jobs and was not done at once. What concerns jobs of this partition is done
-- here; the rest is told to the caller, who does it and says so to told.lua.
-- ARGV: 3-5 retention of SUCCEEDED, FAILED, CANCELLED
-- Result: 1 if another call finds more to do here; then for each letter that concerns other partitions its kind, its job, its value,
--   and for "p" the children, each with its partition; for "r" 1 if its parents are late, then they, each with its partition; for
--   "h" and "d" the members or parents, each with its partition; else nothing. All of these one after the other in one text, with
--   the parents' lateness, or the next place to go on, before it
allowAnyway()
retention = {[4] = tonumber(ARGV[3]), [5] = tonumber(ARGV[4]), [6] = tonumber(ARGV[5])}
local MOST, MANY = 500, 500
local again, items = 0, {}

local function pass(kind, id, value, before, others)
  local size = #items
  items[size + 1], items[size + 2], items[size + 3] = kind, id, value
  items[size + 4], items[size + 5] = before, table.concat(others)
end

local work = {}

function work.p(id, value)
  local number, verdict, isDeleted = unpacked('>dBB', value)
  local all = flow.spreadTo(id, number, verdict)
  local away = call('ZRANGEBYSCORE', base .. ':y:' .. id, '-inf', '(' .. told(number), 'LIMIT', 0, MANY)
  if not all then again = 1 end
  if #away > 0 then return pass('p', id, value, '', away) end
  if all and call('HGET', letters, 'p' .. id) == value then
    call('HDEL', letters, 'p' .. id)
    if isDeleted == 1 then call('UNLINK', base .. ':c:' .. id, base .. ':y:' .. id) end
  end
end

function work.r(id, value)
  local late = unpacked('>d', value) <= now
  local strangers, away = flow.strangers(id, MANY), {}
  for i = 1, #strangers, 2 do
    local parent, home = strangers[i], strangers[i + 1]
    if home ~= partition then
      away[#away + 1] = parent .. pack('>I2', home)
    else
      load({parent})
      if jobs[parent] then
        flow.known(id, parent, flow.adopt(jobs[parent], id))
      elseif late then
        flow.missed(id, parent)
      end
    end
  end
  flush()
  if #strangers == MANY * 2 then again = 1 end
  if #away > 0 then return pass('r', id, value, late and '1' or '0', away) end
  if #strangers < MANY * 2 and call('HDEL', letters, 'r' .. id) == 1 and #flow.strangers(id, 1) > 0 then
    call('HSET', patient, id, value)
  end
end

function work.h(id, value)
  local part = call('HSCAN', base .. ':p:' .. id, value, 'COUNT', MANY)
  local away = {}
  for i = 1, #part[2], 2 do
    local member = part[2][i]
    if #member == 16 then
      local home = flow.home(part[2][i + 1])
      if home == partition then flow.letGo(member, id) else away[#away + 1] = member .. pack('>I2', home) end
    end
  end
  if #away > 0 then return pass('h', id, value, part[1], away) end
  if part[1] == '0' then
    call('HDEL', letters, 'h' .. id)
  else
    again = 1
    call('HSET', letters, 'h' .. id, part[1])
  end
end

function work.d(id, value)
  local key = base .. ':i:' .. id
  local part = call('HSCAN', key, 0, 'COUNT', MANY)
  local away, done = {}, {'c'}
  for i = 1, #part[2], 2 do
    local parent = part[2][i]
    if #parent == 16 then
      local home = flow.home(part[2][i + 1])
      if home == partition then
        call('ZREM', base .. ':c:' .. parent, id)
        flow.letGo(parent, id)
        done[#done + 1] = parent
      else
        away[#away + 1] = parent .. pack('>I2', home)
      end
    end
  end
  many('HDEL', key, done)
  if #away > 0 then return pass('d', id, value, '', away) end
  if call('EXISTS', key) == 1 then again = 1 else call('HDEL', letters, 'd' .. id) end
end

function work.u(id, value)
  pass('u', id, value, '', {})
end

function work.v(id, value)
  pass('v', id, value, '', {})
end

local found = call('HRANDFIELD', letters, MOST, 'WITHVALUES')
for i = 1, #found, 2 do
  if flow.budget <= 0 then
    again = 1
    break
  end
  local before = flow.budget
  work[sub(found[i], 1, 1)](sub(found[i], 2), found[i + 1])
  flow.budget = math.min(flow.budget, before - 1)
  flush()
end
effects()
local reply = {again}
for i = 1, #items do reply[i + 1] = items[i] end
return reply
