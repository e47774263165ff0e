#!lua flags=no-writes
-- A page of a user's list, in the order of scores: a line each of score and member.
-- Scores only grow, so what is read page by page misses no member that stays.
--
-- KEYS: the sorted set. ARGV: the first score, "(" before it for those above it; the
-- last score; the most lines. There are more if several members have the last line's
-- score.
local lines = {}
local most = tonumber(ARGV[3])
local found = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES',
                         'LIMIT', 0, most)
if #found == most * 2 then
  found = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], found[#found], 'WITHSCORES')
end
for i = 1, #found, 2 do lines[#lines + 1] = found[i + 1] .. ' ' .. found[i] end
return table.concat(lines, '\n')
