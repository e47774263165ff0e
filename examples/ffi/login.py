"""A login and a logout everywhere from Python: no binding, only ctypes."""
import ctypes
import os
import sys
from ctypes import byref, c_char_p, c_int, c_int64, c_size_t, c_void_p

lib = ctypes.CDLL(os.environ.get("HISESSION_LIBRARY", "libhisession.so.0"))


def declare(name, *arguments, returns=c_int):
    """Pointers are cut to 32 bits where ctypes is not told of them."""
    function = getattr(lib, name)
    function.argtypes, function.restype = arguments, returns
    return function


store_open = declare("session_store_open", c_char_p, c_void_p, c_void_p, c_char_p, c_size_t)
store_close = declare("session_store_close", c_void_p, returns=None)
new = declare("session_new", c_void_p, c_void_p)
get = declare("session_get", c_void_p, c_char_p, c_void_p)
regenerate = declare("session_regenerate", c_void_p)
free = declare("session_free", c_void_p, returns=None)
set_user = declare("session_set_user", c_void_p, c_char_p)
set_int = declare("session_set_int", c_void_p, c_char_p, c_int64)
session_id = declare("session_id", c_void_p, returns=c_char_p)
session_user = declare("session_user", c_void_p, returns=c_char_p)
session_json = declare("session_json", c_void_p, returns=c_char_p)
destroy_user = declare("session_destroy_user", c_void_p, c_char_p, c_char_p, c_void_p)
error_name = declare("session_error_name", c_int, returns=c_char_p)
error_text = declare("session_error_text", c_int, returns=c_char_p)


def check(code):
    if code != 0:
        sys.exit(error_text(code).decode())


url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379").encode()
reason = ctypes.create_string_buffer(200)
store, session, ended = c_void_p(), c_void_p(), c_int64()
if store_open(url, None, byref(store), reason, len(reason)) != 0:
    sys.exit(reason.value.decode())

check(new(store, byref(session)))
check(set_user(session, b"ada"))
check(set_int(session, b"visits", 1))
check(regenerate(session))
cookie = session_id(session)  # a copy: ctypes makes bytes of it
free(session)

check(get(store, cookie, byref(session)))
print("logged in: ", session_user(session).decode(), session_json(session).decode())
free(session)

check(destroy_user(store, b"ada", None, byref(ended)))
code = get(store, cookie, byref(session))
print("logged out:", ended.value, "session,", error_name(code).decode())
store_close(store)
sys.exit(error_name(code) != b"NOT_FOUND")
