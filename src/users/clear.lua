-- Removes what is no sorted set where a user's list belongs, because no login could be
-- listed there: 1 if there was such a thing, else 0.
--
-- KEYS: the list.
local count = redis.pcall('ZCARD', KEYS[1])
if type(count) == 'table' and string.find(count.err, 'WRONGTYPE', 1, true) then
  return redis.call('UNLINK', KEYS[1])
end
return 0
