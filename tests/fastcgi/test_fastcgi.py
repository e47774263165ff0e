"""Logs people in and out through a web server, with curl, while things break.

test_fastcgi.py PROGRAM
"""

import collections
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
SERVE = os.path.join(here, "..", "..", "examples", "fastcgi", "serve.sh")
CHILDREN = 4


def wait_until(condition, what):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


# ---- What runs ----------------------------------------------------------------

@contextlib.contextmanager
def running(*command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


class Redis:
    """On TCP, so that its clients have addresses."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        # Busy machines are slow.
        self.url = "redis://127.0.0.1:%d?deadline=2s" % self.port

    @contextlib.contextmanager
    def run(self, folder):
        with running(os.environ["HISESSION_REDIS_SERVER"], "--port", str(self.port),
                     "--dir", folder, "--save", "", stdout=subprocess.DEVNULL) as process:
            self.process = process
            wait_until(lambda: self.cli("ping") == "PONG\n", "Redis did not start")
            yield self

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words],
                              capture_output=True, text=True).stdout

    @contextlib.contextmanager
    def stopped(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def monitor(self, path):
        """Writes all commands, and who sent them, to a file."""
        with open(path, "w") as out, \
                running("redis-cli", "-p", str(self.port), "monitor", stdout=out):
            wait_until(lambda: read(path).startswith("OK"), "no monitor")
            yield


class Site:
    def __init__(self, address, serve, log):
        self.address = address
        self.log = log
        self.parent = next(pid for pid in children_of(serve)
                           if read("/proc/%d/comm" % pid) == "fastcgi\n")

    def children(self):
        return children_of(self.parent)

    def kill(self, *children):
        """With -9; waits for those that take their place."""
        for child in children:
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: not self.children() & set(children) and
                   len(self.children()) == CHILDREN, "a child was not replaced")


@contextlib.contextmanager
def running_site(program, redis, folder):
    """The script of the example, with all that it starts."""
    log = os.path.join(folder, "log")
    with open(log, "w") as out, \
            running(SERVE, program, os.environ["HISESSION_NGINX"], folder, stderr=out,
                    env=os.environ | {"REDIS_URL": redis.url},
                    stdout=subprocess.PIPE, text=True) as serve:
        address = serve.stdout.readline().strip().removesuffix("/whoami")
        assert address, read(log)
        yield Site(address, serve.pid, log)


def read(path):
    with open(path) as f:
        return f.read()


def children_of(pid):
    return {int(child) for child in read("/proc/%d/task/%d/children" % (pid, pid)).split()}


def sockets_of(pid):
    folder, links = "/proc/%d/fd" % pid, []
    for fd in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            links.append(os.readlink(os.path.join(folder, fd)))
    return {int(link[8:-1]) for link in links if link.startswith("socket:[")}


def connections_to(port):
    """The local port of each connection to a port, by its socket's number."""
    for line in read("/proc/net/tcp").splitlines()[1:]:
        _, local, remote, _, *rest = line.split()
        if int(remote.split(":")[1], 16) == port and rest[5] != "0":
            yield int(rest[5]), int(local.split(":")[1], 16)


# ---- A browser ----------------------------------------------------------------

class Answer:
    def __init__(self, output):
        head, self.body = output.split("\n\n", 1)
        self.status = int(head.split()[1])
        self.headers = {name.lower(): value for name, value in
                        re.findall(r"^([\w-]+): (.*)$", head, re.M)}
        assert self.headers["cache-control"] == "no-store"

    @property
    def name(self):
        assert self.status == 200, self.status
        return self.body.split("\n")[0]

    @property
    def token(self):
        assert self.status == 200, self.status
        return self.body.split("\n")[1]


def ask(*requests):
    """Sends all of them at once, with one curl."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, str(n)) for n in range(len(requests))]
        lines = ["\n".join([*request, "include", "max-time = 20", "output = " + name])
                 for request, name in zip(requests, names)]
        subprocess.run(["curl", "-s", "--parallel", "--parallel-immediate", "--parallel-max",
                        str(len(requests)), "-K", "-"], stderr=subprocess.DEVNULL,
                       input="\nnext\n".join(lines), text=True, check=True)
        return [Answer(read(name)) for name in names]


class Browser:
    def __init__(self, site):
        self.site = site
        self.cookie = None

    def get(self, path, cookie=None):
        """A request as lines of curl's configuration."""
        cookie = cookie or self.cookie
        lines = ["url = " + self.site.address + path]
        return lines + ['header = "Cookie: %s"' % cookie] if cookie else lines

    def post(self, path, token, form="", cookie=None):
        return self.get(path, cookie) + ['header = "X-CSRF-Token: %s"' % token,
                                         'data = "%s"' % form]

    def login(self, token, user, password="demo"):
        return self.post("/login", token, "user=%s&password=%s" % (user, password))

    def take(self, answer):
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer

    def send(self, request):
        return self.take(ask(request)[0])

    def whoami(self, cookie=None):
        return self.send(self.get("/whoami", cookie))

    def user(self):
        return self.whoami().name

    def token(self):
        return self.whoami().token

    def log_in(self, *user_and_password):
        return self.send(self.login(self.token(), *user_and_password))

    def log_out(self):
        return self.send(self.post("/logout", self.token()))


def logged_in(site, *users):
    """A browser for each, logged in at the same time."""
    browsers = [Browser(site) for _ in users]
    visits = ask(*(browser.get("/whoami") for browser in browsers))
    tokens = [browser.take(visit).token for browser, visit in zip(browsers, visits)]
    logins = ask(*(browser.login(token, user)
                   for browser, token, user in zip(browsers, tokens, users)))
    for browser, login in zip(browsers, logins):
        assert browser.take(login).status == 200
    return browsers


# ---- Logging in and out -------------------------------------------------------

def test_a_login_gives_a_new_id_and_a_name(site, redis):
    browser = Browser(site)
    assert browser.user() == "nobody"
    visitor = browser.cookie
    assert browser.log_in("ada").status == 200
    assert browser.cookie != visitor
    assert browser.user() == "ada"


def test_the_id_from_before_the_login_is_worth_nothing(site, redis):
    browser = Browser(site)
    browser.whoami()
    planted = browser.cookie
    browser.log_in("ada")
    assert "ada" not in Browser(site).whoami(cookie=planted).body


def test_a_wrong_password_changes_nothing(site, redis):
    browser = Browser(site)
    browser.whoami()
    visitor = browser.cookie
    for user, password in (("ada", "wrong"), ("ada", ""), ("", "demo"), ("<b>", "demo"),
                           ("ada", "demo123"), ("ada", "demo&x=1"), ("ada", "demo%00"),
                           ("ada", "dem"), ("a" * 33, "demo"), ("ada", "demo" + "x" * 200)):
        assert browser.log_in(user, password).status == 403, (user, password)
    assert browser.cookie == visitor
    assert browser.user() == "nobody"


def test_a_post_needs_the_token_of_its_own_session(site, redis):
    ada, eve = logged_in(site, "ada", "eve")
    for token in "", "x", eve.token():
        assert ada.send(ada.post("/logout", token)).status == 403
        assert ada.send(ada.login(token, "eve")).status == 403
    assert ada.user() == "ada"


def test_a_forged_post_without_a_cookie_sets_none(site, redis):
    """One that did would log out whoever was lured into sending it."""
    browser = Browser(site)
    answer = browser.send(browser.login("x", "eve"))
    assert answer.status == 403 and "set-cookie" not in answer.headers


def test_a_logout_takes_the_cookie_and_the_session(site, redis):
    browser, = logged_in(site, "ada")
    cookie, token = browser.cookie, browser.token()
    answer = browser.log_out()
    assert answer.status == 200 and "Max-Age=0" in answer.headers["set-cookie"]
    stranger = Browser(site)
    replayed = stranger.whoami(cookie=cookie)
    assert replayed.name == "nobody" and stranger.cookie != cookie
    assert stranger.send(stranger.post("/logout", token, cookie=cookie)).status == 403


def test_users_at_the_same_time_never_see_each_other(site, redis):
    names = ["user%d" % n for n in range(64)]
    browsers = logged_in(site, *names)
    for _ in range(5):
        answers = ask(*(browser.get("/whoami") for browser in browsers))
        assert [answer.name for answer in answers] == names


# ---- Trouble ------------------------------------------------------------------

def test_children_that_are_killed_take_nobody_with_them(site, redis):
    names = ["ada", "bob", "eve"]
    browsers = logged_in(site, *names)
    for child in site.children():
        site.kill(child)
        assert [browser.user() for browser in browsers] == names


def test_an_outage_is_told_and_logs_nobody_out(site, redis):
    ada, = logged_in(site, "ada")
    token, cookie = ada.token(), ada.cookie
    requests = [ada.get("/whoami"), Browser(site).get("/whoami"),
                ada.login(token, "adalovelace")]
    with redis.stopped():
        for answer in ask(*requests):
            assert answer.status == 503
            assert "set-cookie" not in answer.headers
    assert ada.user() == "ada"
    assert ada.log_out().status == 200

    log = read(site.log)
    assert "Redis" in log and "GET /whoami" in log and "POST /login" in log
    for secret in cookie.split("=")[1], token, "adalovelace", "demo":
        assert secret not in log


# ---- The fork contract --------------------------------------------------------

def serve_with_all(site, redis, browser):
    """Asks until each child has talked to Redis."""
    def each_has_a_connection():
        browser.user()
        own = {inode for inode, _ in connections_to(redis.port)} - sockets_of(site.parent)
        return all(sockets_of(child) & own for child in site.children())
    wait_until(each_has_a_connection, "a child does not serve")


def test_children_never_use_a_connection_of_their_parent(site, redis):
    ada, = logged_in(site, "ada")
    parents = [port for inode, port in connections_to(redis.port)
               if inode in sockets_of(site.parent)]
    assert len(parents) == 1
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "monitor")
        with redis.monitor(log):
            site.kill(*site.children())  # the new ones begin with what they inherit
            serve_with_all(site, redis, ada)
            redis.cli("echo", "the end")
            wait_until(lambda: "the end" in read(log), "no monitor")
        senders = collections.Counter(re.findall(r"127\.0\.0\.1:(\d+)\]", read(log)))
    assert str(parents[0]) not in senders
    assert len(senders) > CHILDREN


def test_no_two_children_share_a_connection(site, redis):
    serve_with_all(site, redis, *logged_in(site, "ada"))
    held = {child: sockets_of(child) for child in site.children()}
    clients = re.findall(r" addr=127\.0\.0\.1:(\d+) ", redis.cli("client", "list"))
    ports = dict(connections_to(redis.port))
    for inode, port in ports.items():
        if str(port) in clients and inode not in sockets_of(site.parent):
            assert sum(inode in inodes for inodes in held.values()) == 1
    for inodes in held.values():
        assert {str(ports[inode]) for inode in inodes if inode in ports} & set(clients)
        assert not inodes & sockets_of(site.parent) & set(ports)


def main(program):
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as folder, Redis().run(folder) as redis, \
            running_site(program, redis, folder) as site:
        for test in tests:
            print(test.__name__, flush=True)
            test(site, redis)


if __name__ == "__main__":
    main(*sys.argv[1:])
