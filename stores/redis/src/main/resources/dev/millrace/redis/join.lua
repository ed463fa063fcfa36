-- Makes workflows whose heads live here wait for members that are about to be stored elsewhere.
-- ARGV: for each: 3 the head, the member, its queue, its partition
-- Result: for each 1 if the head is there
local reply = {}
for i = 3, #ARGV, 4 do
  load({ARGV[i]})
  local head = jobs[ARGV[i]]
  if head then flow.join(head, ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])) end
  reply[#reply + 1] = head and 1 or 0
end
flush()
effects()
return reply
