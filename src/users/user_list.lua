#!lua flags=no-writes
-- A page of a user's list, in the order of scores: the time in milliseconds,
-- then a line each of score, storage id, state, created, seen and note. Scores
-- only grow, so what is read page by page misses no entry.
--
-- An entry that somebody spoilt is listed without what was known of it.
--
-- KEYS: the sorted set, the hash. ARGV: the last score of the page before, the
-- most lines; there are more if several entries have the last line's score.
local time = redis.call('TIME')
local lines = {string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))}
local from, most = '(' .. ARGV[1], tonumber(ARGV[2])
local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES',
                         'LIMIT', 0, most)
if #found == most * 2 then
  found = redis.call('ZRANGEBYSCORE', KEYS[1], from, found[#found], 'WITHSCORES')
end
for i = 1, #found, 2 do
  local entry = redis.call('HGET', KEYS[2], found[i])
  if not entry or not string.match(entry, '^[lpLP] %d+ %d+ [^\n]*$') then entry = 'l 0 0 ' end
  lines[#lines + 1] = found[i + 1] .. ' ' .. found[i] .. ' ' .. entry
end
return table.concat(lines, '\n')
