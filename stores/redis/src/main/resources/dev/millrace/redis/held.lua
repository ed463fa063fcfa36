-- Whether new jobs may have their unique keys, which are homed here; changes nothing.
-- ARGV: for each: 3 id, what becomes of a key that is held (enqueue.lua), the name of the key
-- Result: for each nothing if it may, or what enqueue.lua answers
local reply = {}
for i = 3, #ARGV, 3 do reply[#reply + 1] = conflict(ARGV[i], ARGV[i + 2], tonumber(ARGV[i + 1])) or '' end
return reply
