#!lua flags=allow-oom
-- Takes a place on a user's list if there are fewer than so many: 1, or nil. Run twice,
-- it finds the place that it took.
--
-- KEYS: the sorted set. ARGV: the member, its score, how many there may be before it,
-- how long the list lives.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return false end
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[4], 'GT')
return 1
