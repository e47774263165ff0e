-- test_ffi.lua FFI_HEADER LIBRARY URL
local ffi = require("ffi")
local header, library, url = ...

ffi.cdef(assert(io.open(header)):read("*a"))
local api = ffi.load(library)

local function text(pointer)
    return pointer ~= nil and ffi.string(pointer) or nil
end

local function check(code)
    if code ~= api.SESSION_OK then
        error(text(api.session_error_name(code)), 2)
    end
end

assert(text(api.session_version()):match("^%d+%.%d+%.%d+$"))
assert(text(api.session_error_name(-201)) == "NOT_FOUND")
assert(api.SESSION_NOT_FOUND == -201)

local store = ffi.new("session_store *[1]")
local reason = ffi.new("char[200]")
assert(api.session_store_open("gopher://", nil, store, reason, 200) == api.SESSION_CONFIG)
assert(text(reason):find("redis://", 1, true), text(reason))

check(api.session_store_open(url, nil, store, reason, 200))
local session = ffi.new("session *[1]")
check(api.session_create(store[0], '{"user":"ada"}', session))
check(api.session_set_int(session[0], "big", 9007199254740993LL))
check(api.session_save(session[0]))
local id = text(api.session_id(session[0]))
api.session_free(session[0])

check(api.session_get(store[0], id, session))
assert(text(api.session_json(session[0])) == '{"user":"ada","big":9007199254740993}')
assert(api.session_expires_at(session[0]) > api.session_created_at(session[0]))
api.session_free(session[0])

check(api.session_destroy(store[0], id))
assert(api.session_get(store[0], id, session) == api.SESSION_NOT_FOUND)
api.session_store_close(store[0])
