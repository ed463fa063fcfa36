-- Lets burned ids be stored after all: their keys have been reserved for them anew.
-- ARGV: 3... ids
for i = 3, #ARGV do call('ZREM', base .. ':burned', ARGV[i]) end
return 0
