"""The same login and logout from Python: no binding, only ctypes."""
import ctypes
import os
import sys
from ctypes import byref, c_char_p, c_int64, c_void_p

lib = ctypes.CDLL(os.environ.get("HISESSION_LIBRARY", "libhisession.so.0"))
for name in ("session_id", "session_json", "session_error_text", "session_error_name"):
    getattr(lib, name).restype = c_char_p
for name in ("session_id", "session_json", "session_free", "session_save",
             "session_regenerate", "session_store_close"):
    getattr(lib, name).argtypes = [c_void_p]
lib.session_set_int.argtypes = [c_void_p, c_char_p, c_int64]
lib.session_create.argtypes = [c_void_p, c_char_p, c_void_p]
lib.session_get.argtypes = [c_void_p, c_char_p, c_void_p]
lib.session_destroy.argtypes = [c_void_p, c_char_p]


def check(code):
    if code != 0:
        sys.exit(lib.session_error_text(code).decode())


url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379").encode()
reason = ctypes.create_string_buffer(200)
store, session = c_void_p(), c_void_p()
if lib.session_store_open(url, None, byref(store), reason, ctypes.c_size_t(200)) != 0:
    sys.exit(reason.value.decode())

check(lib.session_create(store, b'{"user":"ada"}', byref(session)))
check(lib.session_set_int(session, b"visits", 1))
check(lib.session_regenerate(session))
session_id = lib.session_id(session)
print("logged in: ", lib.session_json(session).decode())
lib.session_free(session)

check(lib.session_destroy(store, session_id))
code = lib.session_get(store, session_id, byref(session))
print("logged out:", lib.session_error_name(code).decode())
lib.session_store_close(store)
sys.exit(lib.session_error_name(code) != b"NOT_FOUND")
