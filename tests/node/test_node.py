"""Shares live sessions with a real express + express-session + connect-redis.

test_node.py FFI_HEADER LIBRARY
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "abi"))
from test_ffi import OK, Api, Redis  # noqa: E402

SECRET = b"keyboard cat"
DAY = 86400


# ---- Cookies ------------------------------------------------------------------

def signed(id):
    signature = base64.b64encode(hmac.digest(SECRET, id.encode(), hashlib.sha256))
    value = "s:" + id + "." + signature.decode().rstrip("=")
    return "connect.sid=" + urllib.parse.quote(value, safe="")


def unsigned(cookie):
    name, value = cookie.split(";")[0].split("=", 1)
    id = urllib.parse.unquote(value).removeprefix("s:").rsplit(".", 1)[0]
    assert signed(id) == name + "=" + value
    return id


# ---- The other side -----------------------------------------------------------

class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def listens(path):
    """A server makes its socket before it listens there."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


class Answer:
    def __init__(self, response):
        body = response.read()
        assert response.status == 200, body
        self.body = json.loads(body)
        self.session = self.body.get("session")
        self.cookie = response.headers.get("Set-Cookie")


class Node:
    """The application, for a browser that has one cookie."""

    def __init__(self, folder, redis, **options):
        self.socket = os.path.join(folder, "node-%d.sock" % id(self))
        self.process = subprocess.Popen(
            ["node", os.path.join(here, "app.js"), redis.socket, self.socket,
             json.dumps(options)])

    def __enter__(self):
        while not listens(self.socket):
            assert self.process.poll() is None, "Node did not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def request(self, method, path, id=None, body=None, cookie=None):
        connection = UnixConnection(self.socket)
        headers = {"Content-Type": "application/json"}
        if id is not None or cookie is not None:
            headers["Cookie"] = cookie or signed(id)
        connection.request(method, path, json.dumps(body) if body else None, headers)
        with contextlib.closing(connection):
            return Answer(connection.getresponse())

    def get(self, id=None):
        return self.request("GET", "/", id)

    def post(self, path, id=None, **fields):
        return self.request("POST", path, id, fields)

    def create(self, **fields):
        return unsigned(self.post("/set", **fields).cookie)


def run(redis, *words):
    """One Redis command; strings as bytes, nil as None."""
    with socket.socket(socket.AF_UNIX) as s, s.makefile("rb") as replies:
        s.connect(redis.socket)
        s.sendall(b"*%d\r\n" % len(words))
        for word in words:
            s.sendall(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
        line = replies.readline().strip()
        if line[:1] == b"$":
            return None if line == b"$-1" else replies.read(int(line[1:]))
        return int(line[1:]) if line[:1] == b":" else line


def record(redis, id):
    return json.loads(run(redis, "GET", "sess:" + id))


def life(redis, id):
    return run(redis, "TTL", "sess:" + id)


# ---- This side ----------------------------------------------------------------

class Store:
    """A store of ours; an id is text, fields are read as JSON."""

    def __init__(self, api, redis, query=""):
        self.api = api
        url = f"unix://{redis.socket}?compat=express{query}".encode()
        self.store = api.out("session_store *", lambda out: api.store_open(
            url, api.ffi.NULL, out, api.ffi.NULL, 0))

    def load(self, id):
        return self.api.out("session *", self.api.get, self.store, id.encode())

    def get_code(self, id):
        return self.api.get(self.store, id.encode(), self.api.ffi.new("session **"))

    def create(self, fields):
        s = self.api.out("session *", self.api.create, self.store,
                         json.dumps(fields).encode())
        return self.take_id(s)

    def take_id(self, s):
        id = self.api.text(self.api.id(s))
        self.api.free(s)
        return id

    def fields(self, id):
        s = self.load(id)
        fields = json.loads(self.api.text(self.api.json(s)))
        self.api.free(s)
        return fields

    def set(self, id, **fields):
        s = self.load(id)
        self.change(s, **fields)
        self.save(s)

    def change(self, s, **fields):
        for name, value in fields.items():
            assert self.api.set_json(s, name.encode(), json.dumps(value).encode()) == OK

    def save(self, s, code=OK):
        assert self.api.save(s) == code
        self.api.free(s)

    def touch(self, id):
        assert self.api.touch(self.store, id.encode()) == OK

    def destroy(self, id):
        assert self.api.destroy(self.store, id.encode()) == OK

    def regenerate(self, id, **fields):
        s = self.load(id)
        self.change(s, **fields)
        assert self.api.regenerate(s) == OK
        return self.take_id(s)


# ---- The tests: each gets both sides and the Redis between them -----------------

def test_what_node_wrote_is_read(ours, node, redis):
    fields = {"user": "Ada Löwe 🦉", "n": -7, "big": 2**53 - 1, "half": 0.5,
              "huge": 1e300, "yes": True, "nothing": None, "text": "\"\\\n\u2028/",
              "nested": {"list": [1, [2, {"three": 3}]], "empty": {}}, "naïve": 1}
    id = node.create(**fields)
    assert len(id) == 32
    read = ours.fields(id)
    cookie = read.pop("cookie")
    assert cookie == {"originalMaxAge": None, "expires": None, "httpOnly": True, "path": "/"}
    assert read == fields


def test_our_change_is_seen_by_node_and_spares_the_rest(ours, node, redis):
    id = node.create(n=1, theirs={"a": [1.5, "x"]})
    before = run(redis, "GET", "sess:" + id)
    ours.set(id, n=2)
    after = run(redis, "GET", "sess:" + id)
    assert before.startswith(b"{") and before.endswith(b"}")
    kept = before[1:].replace(b'"n":1', b'"n":2')
    assert after.startswith(b'{"_":{') and after.endswith(kept), after
    session = node.get(id).session
    assert session["n"] == 2 and session["theirs"] == {"a": [1.5, "x"]}


def test_node_does_not_write_what_it_did_not_change(ours, node, redis):
    ids = [ours.create({"b": 1, "a": 2}), node.create(b=1, a=2)]
    ours.set(ids[1], a=3)
    for id in ids:
        before = run(redis, "GET", "sess:" + id)
        answer = node.get(id)
        assert answer.body["id"] == id and answer.session["b"] == 1
        assert answer.cookie is None
        assert run(redis, "GET", "sess:" + id) == before


def test_node_saves_while_we_save(ours, node, redis):
    id = node.create(a=1, b=1)
    s = ours.load(id)
    ours.change(s, a=2)
    node.post("/set", id, b=2, c=2)
    ours.save(s)
    session = node.get(id).session
    assert (session["a"], session["b"], session["c"]) == (2, 2, 2)


def test_our_touch_extends_what_node_wrote(ours, node, redis):
    id = node.create(n=1)
    run(redis, "EXPIRE", "sess:" + id, "100")
    ours.touch(id)
    assert DAY - 10 < life(redis, id) <= DAY


def test_our_destroy_logs_out_at_node(ours, node, redis):
    id = node.create(user="ada")
    ours.destroy(id)
    answer = node.get(id)
    assert answer.body["id"] != id and "user" not in answer.session


def test_node_destroys_and_no_save_of_ours_revives_it(ours, node, redis):
    id = node.create(user="ada")
    s = ours.load(id)
    ours.change(s, n=1)
    node.post("/logout", id)
    not_found = ours.api.library.SESSION_NOT_FOUND
    assert ours.get_code(id) == not_found
    ours.save(s, not_found)
    assert run(redis, "EXISTS", "sess:" + id) == 0


def test_node_serves_and_changes_a_session_of_ours(ours, node, redis):
    id = ours.create({"user": "ada", "n": 1})
    created = record(redis, id)
    answer = node.post("/set", id, n=2, theirs="é")
    assert answer.body["id"] == id and answer.session["user"] == "ada"
    changed = record(redis, id)
    assert changed["_"] == created["_"]
    assert changed["cookie"]["originalMaxAge"] == DAY * 1000
    assert DAY - 10 < life(redis, id) <= DAY
    read = ours.fields(id)
    assert (read["user"], read["n"], read["theirs"]) == ("ada", 2, "é")
    ours.set(id, n=3)
    assert node.get(id).session["n"] == 3


def test_node_keeps_our_idle_timeout(ours, node, redis):
    brief = Store(ours.api, redis, "&ttl=10m")
    id = brief.create({"n": 1})
    run(redis, "EXPIRE", "sess:" + id, "100")
    node.get(id)
    assert 590 < life(redis, id) <= 600
    node.post("/set", id, n=2)
    assert 590 < life(redis, id) <= 600
    ours.api.store_close(brief.store)


def test_what_node_drops_is_refused_here(ours, node, redis):
    """The names are exactly those that a session and its prototypes have."""
    s = ours.load(ours.create({}))
    script = """
        const session = require('express-session')
        const names = new Set(['cookie', 'req', 'id'])
        for (let o = session.Session.prototype; o; o = Object.getPrototypeOf(o))
          Object.getOwnPropertyNames(o).forEach(name => names.add(name))
        console.log(JSON.stringify([...names]))"""
    names = json.loads(subprocess.check_output(["node", "-e", script]))
    assert len(names) == 21, names
    for name in names:
        assert ours.api.set_int(s, name.encode(), 1) == ours.api.library.SESSION_INVALID
    ours.api.free(s)


def test_a_login_at_node_moves_the_session(ours, node, redis):
    old = ours.create({"cart": 1})
    new = unsigned(node.post("/login", old, user="ada").cookie)
    assert ours.get_code(old) == ours.api.library.SESSION_NOT_FOUND
    read = ours.fields(new)
    assert read["user"] == "ada" and "cart" not in read


def test_a_login_at_node_that_copies_our_metadata(ours, node, redis):
    old = ours.create({"cart": 1})
    new = unsigned(node.post("/login-and-keep", old, user="ada").cookie)
    assert record(redis, new)["_"]
    read = ours.fields(new)
    assert (read["user"], read["cart"]) == ("ada", 1)
    ours.set(new, cart=2)
    assert node.get(new).session["cart"] == 2


def test_a_login_here_moves_the_session(ours, node, redis):
    old = node.create(cart=1)
    new = ours.regenerate(old, user="ada")
    session = node.get(new).session
    assert (session["cart"], session["user"]) == (1, "ada")
    assert "cart" not in node.get(old).session
    node.post("/set", new, cart=2)
    assert ours.fields(new)["cart"] == 2


def test_node_with_max_age_and_rolling(ours, node, redis):
    with Node(os.path.dirname(redis.socket), redis, rolling=True,
              cookie={"maxAge": 600000}) as rolling:
        id = rolling.create(n=1)
        before = record(redis, id)["cookie"]
        ours.set(id, n=2)
        assert record(redis, id)["cookie"] == before
        assert DAY - 10 < life(redis, id) <= DAY
        answer = rolling.get(id)
        assert answer.session["n"] == 2 and unsigned(answer.cookie) == id
        assert 590 < life(redis, id) <= 600
        assert 599000 <= answer.session["cookie"]["originalMaxAge"] <= 600000


def test_a_session_lives_though_its_cookie_has_grown_old(ours, node, redis):
    """Node alone would destroy it: it saves for as long as `expires` says."""
    cookie = {"originalMaxAge": 600000, "expires": "2001-01-01T00:00:00.000Z",
              "httpOnly": True, "path": "/"}
    id = "k" * 24
    run(redis, "SET", "sess:" + id, json.dumps({"cookie": cookie, "n": 1}), "EX", "600")
    ours.set(id, n=2)
    node.post("/save", id, n=3)
    assert ours.fields(id)["n"] == 3


def test_ids_of_an_applications_own_making(ours, node, redis):
    id = "0b2f0e0e-9a53-4d2b-8d3c-2f1f5f0f9d11"
    run(redis, "SET", "sess:" + id, '{"cookie":{},"n":1}', "EX", "600")
    ours.set(id, n=2)
    assert node.get(id).session["n"] == 2


# ---- All of them ----------------------------------------------------------------

def test_either_side_takes_the_cookie_that_the_other_one_signed(ours, node, redis):
    api = ours.api
    cookie = api.ffi.new("session_cookie **")
    options = b"name=connect.sid&secure=off&secret=keyboard%20cat"
    assert api.cookie_open(options, cookie, api.ffi.NULL, 0) == OK
    header = api.ffi.new("char[]", api.cookie_size(cookie[0]))
    found = api.ffi.new("char[]", api.cookie_id_size())
    for n in range(20):  # signatures with and without characters to escape
        theirs = node.post("/set", n=n).cookie
        assert api.cookie_find(cookie[0], theirs.split(";")[0].encode(), found,
                               len(found)) == OK
        assert api.text(found) == unsigned(theirs)
        assert api.cookie_format(cookie[0], found, header, len(header)) == OK
        answer = node.request("GET", "/", cookie=api.text(header).split(";")[0])
        assert answer.session["n"] == n
    api.cookie_close(cookie[0])


def main(header, library):
    api = Api(header, library)
    tests = [test for name, test in globals().items() if name.startswith("test_")
             and callable(test)]
    with tempfile.TemporaryDirectory() as folder, Redis(folder) as redis, \
            Node(folder, redis) as node:
        ours = Store(api, redis)
        for test in tests:
            print(test.__name__, flush=True)
            test(ours, node, redis)
        api.store_close(ours.store)


if __name__ == "__main__":
    main(*sys.argv[1:])
