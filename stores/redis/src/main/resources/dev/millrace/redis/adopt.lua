-- Makes parents that live here know of children that live elsewhere.
-- ARGV: for each: 3 the parent, the child, the child's partition
-- Result: for each "" if the parent is not there, else the number of its news that the child is to be told, 0 for none, and a space
--   and the verdict
allowAnyway()
local reply = {}
for i = 3, #ARGV, 3 do
  load({ARGV[i]})
  local parent = jobs[ARGV[i]]
  if parent then
    local number, verdict = flow.adopt(parent, ARGV[i + 1], tonumber(ARGV[i + 2]))
    reply[#reply + 1] = told(number) .. ' ' .. verdict
  else
    reply[#reply + 1] = ''
  end
end
flush()
return reply
