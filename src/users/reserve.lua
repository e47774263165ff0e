#!lua flags=allow-oom
-- Takes a place on a user's list if there are fewer than so many: 1, or nil. Run twice,
-- it finds the place that it took.
--
-- KEYS: the sorted set. ARGV: the member, its score; in one text, how many there may be
-- before it, and members that do not count, as far as they are still there; how long the
-- list lives.
local set = KEYS[1]
if redis.call('ZSCORE', set, ARGV[1]) then return 1 end
local most, free = string.match(ARGV[3], '^(%-?%d+)(.*)$')
local count = redis.call('ZCARD', set)
for member in string.gmatch(free, '%S+') do
  if redis.call('ZSCORE', set, member) then count = count - 1 end
end
if count >= tonumber(most) then return false end
redis.call('ZADD', set, 'GT', ARGV[2], ARGV[1])
redis.call('PEXPIRE', set, ARGV[4], 'NX')
redis.call('PEXPIRE', set, ARGV[4], 'GT')
return 1
