-- Put before scripts that ask whether a new job may have its unique key.

local REPLACES, KEEPS_DUE, TAKES_OVER = 1, 2, 4

-- What to answer where a key that is homed here is not free: nothing if the job may have it. Behind it the job that is replaced, or that
-- runs and loses the key then.
local function conflict(id, name, rule)
  local holder, since, to = holderOf(name)
  if not holder or holder == id then return nil end
  -- A reservation whose job lives elsewhere, or nowhere yet, holds as well; one for a job that was to be stored here, and never was,
  -- for a lease.
  if to == partition and now - since > RESERVED then
    load({holder})
    if not jobs[holder] then return nil end
  end
  if to ~= partition then
    if rule > 0 then return 'C' .. holder .. pack('>I2d', to, since) end
    if now - since > RESERVED then return 'O' .. holder .. pack('>I2d', to, since) end
    return 'D' .. holder
  end
  if rule == 0 then return 'D' .. holder end
  load({holder})
  local job = jobs[holder]
  if not job or job.state >= SUCCEEDED then return 'D' .. holder end
  if job.state == RUNNING then
    if band(rule, REPLACES + TAKES_OVER) ~= 0 then
      return nil, job
    end
  elseif band(rule, REPLACES) ~= 0 then
    return 'R' .. holder, job
  end
  return 'D' .. holder
end
