#!lua flags=allow-oom
-- Ends a session, or says what became of it. One that moved is followed here, because
-- whoever follows it from outside may come too late each time while it moves on and on.
-- Run twice, or late, it gives the same answer: its own nonce in the mark.
--
--   r and a record   it was there and is gone now; without a record if it was no string
--   a mark           it was ended; or it moved to where this script may not follow
--   nil              there is nothing
--   w, an id, a space and one of these, of nil nothing: the same of what it became
--
-- KEYS: the session, its mark. ARGV: the nonce of this call; in one text, because a
-- server takes few words before a login, the life of the mark, that of a tombstone
-- where nothing is (0 for none), 1 if other programs write to the key, too, and the
-- names of the lists whose sessions are to end (none for any); the tombstone; the
-- channel and a message for those who listen, "" for none.
local life, blocked, shared, lists = string.match(ARGV[2], '^(%d+) (%d+) (%d)(.*)$')
local prefix = string.sub(ARGV[4], 1, -1 - #'events')
local key, mark_key, walked = KEYS[1], KEYS[2], ''

-- Where a mark leads, if this script may follow.
local function next_of(mark)
  local next, list = string.match(mark, '^m (%S+) %S+ (%S+)$')
  if lists == '' or (list and string.find(lists .. ' ', ' ' .. list .. ' ', 1, true)) then
    return next
  end
end

local function finish(held)
  redis.call('UNLINK', key)
  redis.call('SET', mark_key, 'e ' .. ARGV[1], 'PX', life)
  if walked == '' and ARGV[5] ~= '' then redis.pcall('PUBLISH', ARGV[4], ARGV[5]) end
  return walked .. 'r' .. (type(held) == 'string' and held or '')
end

local last
for link = 1, 1000 do
  local mark = redis.pcall('GET', mark_key)
  local held = redis.pcall('GET', key)
  if type(mark) == 'table' then
    if last then return last end -- of a Cluster another node may have it
    redis.call('UNLINK', mark_key) -- what is no mark says nothing
    mark = false
  end
  if mark and string.sub(mark, 1, 2) == 'm ' then
    if shared == '1' then redis.call('UNLINK', key) end
    last = walked .. mark
    local next = next_of(mark)
    if not next then return last end
    key, walked = prefix .. next, 'w' .. next .. ' '
    mark_key = '{' .. key .. '}:mark'
  elseif held and held ~= ARGV[3] then
    return finish(held)
  elseif mark then
    return walked .. mark
  else
    if not held and walked == '' and blocked ~= '0' then
      redis.call('SET', key, ARGV[3], 'PX', blocked)
    end
    return walked ~= '' and walked
  end
end
return last
