"""Loads the header made for FFI and calls the whole API, on a real Redis.

test_ffi.py FFI_HEADER LIBRARY
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time

import cffi

OK = 0


class Redis:
    def __init__(self, folder):
        server = os.environ.get("HISESSION_REDIS_SERVER", "redis-server")
        self.socket = os.path.join(folder, "redis.sock")
        self.process = subprocess.Popen(
            [server, "--port", "0", "--unixsocket", self.socket, "--dir", folder,
             "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)

    def __enter__(self):
        while not self.listens():
            assert self.process.poll() is None, "Redis did not start"
            time.sleep(0.01)
        return self

    def listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Api:
    """The library; remembers what was called."""

    def __init__(self, header, library):
        self.ffi = cffi.FFI()
        with open(header) as file:
            self.ffi.cdef(file.read())
        self.library = self.ffi.dlopen(library)
        self.called = set()
        self.log = self.ffi.callback("void(int, const char *, void *)", lambda *_: None)

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.library, "session_" + name)

    def text(self, pointer):
        return self.ffi.string(pointer).decode()

    def out(self, type, function, *arguments):
        """Calls a function that writes its result through its last argument."""
        pointer = self.ffi.new(type + " *")
        assert function(*arguments, pointer) == OK
        return pointer[0]

    def functions(self):
        return {name.removeprefix("session_") for name in dir(self.library)
                if name.startswith("session_")}


def check_errors(api):
    assert api.id_length() == api.library.SESSION_ID_LENGTH
    assert api.ffi.typeof("enum session_code").relements["SESSION_OK"] == OK
    not_found = api.library.SESSION_NOT_FOUND
    assert api.error_code(b"NOT_FOUND") == not_found
    assert api.text(api.error_name(not_found)) == "NOT_FOUND"
    assert api.text(api.error_text(not_found))
    assert api.error_category(not_found) == api.library.SESSION_CATEGORY_EXPECTED
    codes = []
    while (code := api.error_next(codes[-1] if codes else 0)) != 0:
        codes.append(code)
    assert codes == sorted(codes, reverse=True) and not_found in codes
    version = [int(part) for part in api.text(api.version()).split(".")]
    assert api.version_number().to_bytes(3, "big") == bytes(version)


def check_options(api):
    defaults, index = {}, 0
    while (name := api.option_name(index)) != api.ffi.NULL:
        defaults[api.text(name)] = api.text(api.option_default(index))
        assert api.text(api.option_help(index))
        index += 1
    assert defaults["ttl"] == "24h"


def open_store(api, url):
    options = api.out("session_options *", api.options_new)
    assert api.options_set(options, b"ttl", b"10m") == OK
    assert api.options_set(options, b"events", b"on") == OK
    assert api.options_set(options, b"ttl", b"soon") == api.library.SESSION_INVALID
    assert "ttl" in api.text(api.options_error(options))
    assert api.options_set_logger(options, api.log, api.ffi.NULL) == OK

    store = api.ffi.new("session_store **")
    error = api.ffi.new("char[]", 128)
    assert api.store_open(b"gopher://", options, store, error, 128) \
        == api.library.SESSION_CONFIG
    assert api.text(error)
    assert api.store_open(url.encode(), options, store, error, 128) == OK, api.text(error)
    api.options_free(options)
    return store[0]


def check_fields(api, s):
    assert api.set_string(s, b"name", "Ada Löwe".encode()) == OK
    assert api.set_int(s, b"int", 2**63 - 1) == OK
    assert api.set_double(s, b"double", 0.5) == OK
    assert api.set_bool(s, b"bool", 1) == OK
    assert api.set_json(s, b"json", b"[1,{}]") == OK
    assert api.text(api.out("const char *", api.get_string, s, b"name")) == "Ada Löwe"
    assert api.out("int64_t", api.get_int, s, b"int") == 2**63 - 1
    assert api.out("double", api.get_double, s, b"double") == 0.5
    assert api.out("int", api.get_bool, s, b"bool") == 1
    assert api.text(api.out("const char *", api.get_json, s, b"json")) == "[1,{}]"
    assert api.has(s, b"bool") == 1
    assert api.set_string_n(s, b"name_n", "Löwe".encode(), 5) == OK
    length = api.ffi.new("size_t *")
    text = api.ffi.new("const char **")
    assert api.get_string_n(s, b"name_n", text, length) == OK
    assert api.ffi.buffer(text[0], length[0])[:].decode() == "Löwe"
    assert api.set_json_n(s, b"name_n", b"null", 4) == OK
    assert api.set_string_n(s, b"bool", b"a\0b", 3) == api.library.SESSION_INVALID
    assert api.remove(s, b"name_n") == OK
    assert api.remove(s, b"bool") == OK
    assert api.has(s, b"bool") == 0
    assert json.loads(api.text(api.json(s))) == {
        "n": 1, "name": "Ada Löwe", "int": 2**63 - 1, "double": 0.5, "json": [1, {}]}


def check_store(api, store):
    reason = api.ffi.new("char[]", 128)
    assert api.store_check(store, reason, 128) == OK, api.text(reason)
    assert api.text(reason) == ""


def check_session(api, store):
    s = api.out("session *", api.create, store, b'{"n":1}')
    check_fields(api, s)
    assert api.save(s) == OK
    assert api.set_int(s, b"n", 2) == OK
    assert api.reload(s) == OK
    assert api.out("int64_t", api.get_int, s, b"n") == 1

    before = api.text(api.id(s))
    assert len(before) == api.id_length()
    handle = api.text(api.handle(s))
    assert len(handle) == api.handle_length() == api.library.SESSION_HANDLE_LENGTH
    assert api.save_strict(s) == OK
    assert api.regenerate(s) == OK
    after = api.text(api.id(s)).encode()
    assert after != before.encode()
    assert api.text(api.handle(s)) not in (handle, before)
    assert abs(api.created_at(s) - time.time() * 1000) < 60_000
    assert 0 < api.expires_at(s) - api.created_at(s) <= 660_000

    same = api.out("session *", api.peek, store, after)
    api.free(same)
    same = api.out("session *", api.get, store, after)
    assert api.text(api.json(same)) == api.text(api.json(s))
    api.free(same)
    assert api.touch(store, after) == OK
    assert api.destroy(store, after) == OK
    assert api.touch(store, after) == api.library.SESSION_NOT_FOUND
    api.free(s)


def check_new(api, store):
    s = api.out("session *", api.new, store)
    assert api.id(s) == api.ffi.NULL
    assert api.save(s) == OK
    assert api.id(s) != api.ffi.NULL
    api.free(s)


def check_events(api, store):
    constants = api.library
    for kind in range(1, 7):
        assert api.event_kind(api.text(api.event_name(kind)).encode()) == kind
    events = api.out("session_events *", api.events_open, store)
    kind = api.ffi.new("int *")
    assert api.events_next(events, kind) == constants.SESSION_NOT_FOUND

    s = api.out("session *", api.create, store, api.ffi.NULL)
    handle = api.text(api.handle(s))
    assert select.select([api.events_fd(events)], [], [], 10)[0]
    assert api.events_next(events, kind) == OK
    assert kind[0] == constants.SESSION_EVENT_CREATED
    assert api.text(api.events_handle(events)) == handle
    assert api.text(api.events_next_handle(events)) == ""
    assert api.text(api.events_user(events)) == ""
    api.events_close(events)
    api.free(s)


def check_cookie(api):
    constants = api.library
    cookie = api.ffi.new("session_cookie **")
    error = api.ffi.new("char[]", 128)
    assert api.cookie_open(b"secure=off", cookie, error, 128) == constants.SESSION_CONFIG
    assert "secure" in api.text(error)
    assert api.cookie_open(b"name=sid&secret=keyboard%20cat", cookie, error, 128) == OK
    cookie = cookie[0]

    size = api.cookie_size(cookie)
    header = api.ffi.new("char[]", size)
    id = api.ffi.new("char[]", api.cookie_id_size())
    assert api.cookie_id_size() == constants.SESSION_COOKIE_ID_SIZE
    assert api.cookie_format(cookie, b"0123456789abcdef", header, size) == OK
    value = api.text(header).split(";")[0]
    assert api.cookie_find(cookie, f"a=1; {value}".encode(), id, len(id)) == OK
    assert api.text(id) == "0123456789abcdef"
    assert api.cookie_find(cookie, api.ffi.NULL, id, len(id)) == constants.SESSION_NOT_FOUND
    assert api.cookie_format_deletion(cookie, header, size) == OK
    assert "Max-Age=0" in api.text(header)
    check_two_cookies(api, cookie, header, value, id)
    api.cookie_close(cookie)


def check_two_cookies(api, cookie, header, value, id):
    assert api.cookie_format(cookie, b"fedcba9876543210", header, len(header)) == OK
    both = f"{value}; {api.text(header).split(';')[0]}".encode()
    assert api.cookie_find(cookie, both, id, len(id)) == api.library.SESSION_AMBIGUOUS
    assert api.text(id) == ""
    deletions = set()
    while (code := api.cookie_format_variant_deletion(
            cookie, b"www.example.com", b"/app", len(deletions), header, len(header))) == OK:
        deletions.add(api.text(header))
    assert code == api.library.SESSION_NOT_FOUND
    assert len(deletions) == 12  # three domains, two paths, partitioned and not


def check_csrf(api, store):
    s = api.out("session *", api.create, store, api.ffi.NULL)
    token = api.ffi.new("char[]", api.csrf_length() + 1)
    assert api.csrf_length() == api.library.SESSION_CSRF_LENGTH
    assert api.csrf_token(s, token, len(token)) == OK
    assert api.csrf_check(s, token) == OK
    assert api.csrf_check(s, b"another") == api.library.SESSION_INVALID
    api.free(s)


def check_users(api, store):
    s = api.out("session *", api.new, store)
    assert api.set_user_n(s, b"admin\0x", 7) == api.library.SESSION_INVALID
    assert api.set_user(s, b"ada") == OK
    assert api.set_user_n(s, b"ada", 3) == OK
    assert api.set_device(s, b"a phone", b"192.0.2.7") == OK
    assert api.regenerate(s) == OK
    assert api.text(api.user(s)) == "ada"
    listed = api.out("session_list *", api.list_user, store, b"ada")
    assert api.list_count(listed) == 1
    assert api.text(api.list_handle(listed, 0)) == api.text(api.handle(s))
    assert api.text(api.list_label(listed, 0)) == "a phone"
    assert api.text(api.list_address(listed, 0)) == "192.0.2.7"
    assert abs(api.list_created_at(listed, 0) - api.created_at(s)) < 60_000
    assert abs(api.list_seen_at(listed, 0) - api.created_at(s)) < 60_000
    assert abs(api.list_expires_at(listed, 0) - api.expires_at(s)) < 60_000
    assert api.destroy_handle(store, b"ada", api.list_handle(listed, 0)) == OK
    assert api.out("int64_t", api.destroy_user, store, b"ada", api.ffi.NULL) == 0
    api.list_free(listed)
    api.free(s)


def main(header, library):
    api = Api(header, library)
    with tempfile.TemporaryDirectory() as folder, Redis(folder) as redis:
        check_errors(api)
        check_options(api)
        check_cookie(api)
        store = open_store(api, "unix://" + redis.socket)
        check_store(api, store)
        check_session(api, store)
        check_new(api, store)
        check_csrf(api, store)
        check_events(api, store)
        check_users(api, store)
        api.store_close(store)
    missed = api.functions() - api.called
    assert not missed, f"not called: {sorted(missed)}"


if __name__ == "__main__":
    main(*sys.argv[1:])
