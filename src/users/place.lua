-- Takes a place on a user's list for a session that is there, in one step, because a
-- server may take a part of several: with it the pending place goes.
--
-- KEYS: the sorted set, the hash of notes. ARGV: the member, its score, how long the
-- list lives, a note or "".
local set, notes, life = KEYS[1], KEYS[2], ARGV[3]
-- Scores only grow, so that who reads a list page by page misses no member.
local score = math.max(ARGV[2], redis.call('ZSCORE', set, '?' .. ARGV[1]) or 0)
redis.call('ZADD', set, 'GT', string.format('%.0f', score), ARGV[1])
redis.call('ZREM', set, '?' .. ARGV[1])
if ARGV[4] ~= '' then redis.call('HSET', notes, ARGV[1], ARGV[4]) end
-- GT alone leaves a key without an expiry alone.
for _, key in ipairs({set, notes}) do
  redis.call('PEXPIRE', key, life, 'NX')
  redis.call('PEXPIRE', key, life, 'GT')
end
return 1
