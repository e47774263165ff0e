-- Writes a value if the key still holds what was read of it; an empty value removes
-- the key. With it goes the mark of a session that moves. Run twice, it finds what it
-- wrote.
--
--   1                it was written
--   a mark           the session moved, or was ended
--   r and a value    what the key holds instead
--   nil              there is nothing
--
-- KEYS: the session, its mark. ARGV: what it is to hold now, the new value, its life,
-- the new mark or "", the life of that.
local held = redis.call('GET', KEYS[1])
local mark = redis.pcall('GET', KEYS[2])
if type(mark) == 'table' then mark = false end -- what is no mark says nothing
if mark and string.sub(mark, 1, 2) == 'm ' then return mark end
if held ~= ARGV[1] then return held and 'r' .. held or mark end
if ARGV[2] == '' then
  redis.call('UNLINK', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
return 1
