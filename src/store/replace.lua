-- Writes a value if the key still holds what was read of it; an empty value
-- removes the key. 1 if so, nil if there is no key, else what it holds.
--
-- KEYS: the session. ARGV: what it is to hold now, the new value, its life.
local held = redis.call('GET', KEYS[1])
if not held then return false end
if held ~= ARGV[1] then return held end
if ARGV[2] == '' then
  redis.call('UNLINK', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
