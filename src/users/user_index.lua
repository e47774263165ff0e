#!lua flags=allow-oom
-- Changes a user's list. KEYS: the sorted set, the hash. ARGV: a verb and its
-- arguments. The set scores each session's storage id by the time up to which
-- it is to be listed; the hash holds its state, created, seen and note.
--
-- States: p, reserved: the session is not written yet; l: it was written. In
-- upper case: it is being ended. An entry is there before its session is, and
-- goes only once the session is gone and cannot come any more.
local set, hash = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A reservation older than this may be taken away.
local lease = 1000

local function read(id)
  local text = redis.call('HGET', hash, id)
  if not text then return nil end
  local state, created, seen, note = string.match(text, '^([lpLP]) (%d+) (%d+) (.*)$')
  return {id = id, state = state or 'l', created = tonumber(created or 0),
          seen = tonumber(seen or 0), note = note or ''}
end

local function write(entry)
  redis.call('HSET', hash, entry.id, string.format('%s %.0f %.0f %s', entry.state,
             entry.created, entry.seen, entry.note))
end

-- Both keys live as long as the entry that is to be listed the longest.
local function list(id, life, other)
  local till = math.max(now + life, tonumber(redis.call('ZSCORE', set, other or id) or 0))
  redis.call('ZADD', set, 'GT', string.format('%.0f', till), id)
  local last = redis.call('ZREVRANGE', set, 0, 0, 'WITHSCORES')[2]
  redis.call('PEXPIREAT', set, last)
  redis.call('PEXPIREAT', hash, last)
end

local function remove(id)
  redis.call('ZREM', set, id)
  redis.call('HDEL', hash, id)
end

local function is_doomed(entry)
  return entry.state == string.upper(entry.state)
end

local function doom(entry)
  entry.state = string.upper(entry.state)
  write(entry)
end

local function prune()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, 100)) do
    remove(id)
  end
end

-- Dooms the first created until one more fits; false, and none, if they cannot go.
local function make_room(limit, id, replaced, evict)
  local going, count = {}, 0
  for _, other in ipairs(redis.call('ZRANGE', set, 0, -1)) do
    local entry = read(other)
    if entry and not is_doomed(entry) and other ~= id and other ~= replaced then
      count = count + 1
      local stale = entry.state == 'p' and entry.seen + lease < now
      if stale or (evict and entry.state == 'l') then going[#going + 1] = entry end
    end
  end
  local excess = count + 1 - limit
  if excess > #going then return false end
  table.sort(going, function(a, b) return a.created < b.created end)
  for i = 1, excess do doom(going[i]) end
  return true
end

-- Whose sessions may still be there: also of those that others doomed, who may
-- be gone themselves.
local function doomed_ones()
  local lines = {'done'}
  for _, id in ipairs(redis.call('ZRANGE', set, 0, -1)) do
    local entry = read(id)
    if entry and entry.state == 'L' and #lines < 100 then lines[#lines + 1] = id end
  end
  return table.concat(lines, '\n')
end

local verbs = {}

-- The entry of the session that is replaced, made again if the list was lost: if
-- it goes before the new one is confirmed, someone ended both.
local function replaced_entry(id, life)
  local entry = read(id)
  if entry then return entry end
  entry = {id = id, state = 'l', created = now, seen = now, note = ''}
  write(entry)
  list(id, life)
  return entry
end

function verbs.reserve(id, life, note, replaced, limit, evict)
  prune()
  limit, evict = tonumber(limit), evict == '1'
  local entry = read(id) or {id = id, state = 'p', created = now, note = ''}
  if is_doomed(entry) then return 'doomed' end
  if limit > 0 and not make_room(limit, id, replaced, evict) then
    return evict and 'busy' or 'full'
  end
  if replaced ~= '' then
    local old = replaced_entry(replaced, life)
    if is_doomed(old) then return 'doomed' end
    entry.created, entry.note = old.created, old.note
  end
  entry.seen = now
  if note ~= '' then entry.note = note end
  write(entry)
  list(id, life, replaced)
  return limit > 0 and doomed_ones() or 'done'
end

function verbs.confirm(id, life, replaced)
  local entry, old = read(id), read(replaced)
  if not entry or is_doomed(entry) then return 'doomed' end
  if replaced ~= '' and (not old or is_doomed(old)) then
    doom(entry)
    return 'doomed'
  end
  remove(replaced)
  entry.state, entry.seen = 'l', now
  write(entry)
  list(id, life)
  return 'done'
end

-- A list that was lost grows back this way.
function verbs.see(id, life, note, created)
  local entry = read(id) or {id = id, state = 'l', created = tonumber(created), note = ''}
  if is_doomed(entry) then return 'doomed' end
  entry.state, entry.seen = 'l', now
  if note ~= '' then entry.note = note end
  write(entry)
  list(id, life)
  return 'done'
end

function verbs.remove(id)
  remove(id)
  return 'done'
end

function verbs.doom(id)
  local entry = read(id)
  if not entry then return 'done' end
  doom(entry)
  return 'done\n' .. entry.state
end

return verbs[ARGV[1]](unpack(ARGV, 2))
