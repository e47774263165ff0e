"use strict";

// What strangers can do to a site that must not hurt anybody else. A stranger is a
// client with an address of its own, such as 127.0.0.2.

const assert = require("node:assert/strict");
const { once } = require("node:events");
const { test } = require("node:test");
const { PASSWORDS, Site, prepare, until } = require("./support.js");

const REQUEST_SECONDS = 2;
const { redis, site } = prepare({ WEB_REQUEST_SECONDS: String(REQUEST_SECONDS) });

// ---- Connections ----

// Sends the text, then a byte every now and then, until the server ends that.
async function drip(text) {
    const socket = site.connect();
    socket.write(text);
    const timer = setInterval(() => socket.write("x"), 100);
    try {
        await once(socket.resume(), "close", { signal: AbortSignal.timeout(20000) });
    } finally {
        clearInterval(timer);
        socket.destroy();
    }
}

test("headers that come a byte at a time are cut off", async () => {
    await drip("GET / HTTP/1.1\r\nHost: x\r\nX-Header: ");
});

test("a form that comes a byte at a time is cut off", async () => {
    await drip("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n" +
               "Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=");
});

test("connections of one address keep nobody else out", async () => {
    const sockets = [];
    try {
        for (let i = 0; i < 300; i++)
            sockets.push(site.connect("127.0.0.2"));
        await Promise.all(sockets.slice(0, 60).map(socket => once(socket, "connect")));
        assert.equal((await site.request("/")).status, 200);
    } finally {
        sockets.forEach(socket => socket.destroy());
    }
});

// ---- Streams of events ----

// Asks for as many streams, one after the other; gives their sockets and statuses.
async function openStreams(cookies, localAddress) {
    const streams = [];
    for (const cookie of cookies) {
        const socket = site.connect(localAddress);
        const stream = { socket, text: "", ended: false };
        streams.push(stream);
        socket.on("data", data => stream.text += data);
        socket.on("close", () => stream.ended = true);
        socket.write(`GET /events HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`);
        await until(() => stream.text.includes("\r\n\r\n"), "an answer");
    }
    return streams;
}

test("a session has only so many streams of events, and the last ones stay", async () => {
    const cookie = await site.logIn("ada");
    const streams = await openStreams(Array(20).fill(cookie));
    try {
        await until(() => streams.filter(stream => stream.ended).length === 16, "they end");
        for (const stream of streams.slice(0, 16))
            assert.match(stream.text, /event: replaced/);
        assert.ok(streams.slice(16).every(stream => !stream.ended));
    } finally {
        streams.forEach(stream => stream.socket.destroy());
    }
});

test("an address has only so many streams of events", async () => {
    const cookies = [];
    for (let i = 0; i < 10; i++)
        cookies.push(...Array(4).fill(await site.logIn("ada")));
    const streams = await openStreams(cookies, "127.0.0.2");
    try {
        const statuses = streams.map(stream => Number(stream.text.split(" ")[1]));
        assert.deepEqual(statuses, [...Array(32).fill(200), ...Array(8).fill(429)]);
    } finally {
        streams.forEach(stream => stream.socket.destroy());
    }
});

// ---- The login form ----

test("looking at the login form stores nothing", async () => {
    for (let i = 0; i < 20; i++)
        for (const method of ["GET", "HEAD"])
            assert.equal((await site.request("/login", { method })).status, 200);
    assert.equal(redis.run("dbsize"), "0");
});

function setsSession(answer) {
    return (answer.headers["set-cookie"] ?? []).some(cookie => /session=[\w-]{43}/.test(cookie));
}

test("a login form of another site logs nobody in", async () => {
    const fields = { user: "ada", password: PASSWORDS.ada };
    const victim = await site.loginForm();
    const attacker = await site.loginForm();
    for (const [csrf, cookie] of [[undefined, victim.cookie], ["", victim.cookie],
                                  [attacker.csrf, victim.cookie], [attacker.csrf, ""],
                                  [victim.cookie.split("=")[1], victim.cookie],
                                  ["", ""], ["", "__Host-login="]]) {
        const form = csrf === undefined ? fields : { ...fields, csrf };
        const answer = await site.post("/login", form, { headers: { Cookie: cookie } });
        assert.equal(answer.status, 403);
        assert.equal(setsSession(answer), false);
    }
    assert.equal(redis.run("dbsize"), "0");
});

test("two clicks on one login form log in, both of them", async () => {
    const { csrf, cookie } = await site.loginForm();
    const fields = { csrf, user: "ada", password: PASSWORDS.ada };
    const answers = await Promise.all([1, 2].map(
        () => site.post("/login", fields, { headers: { Cookie: cookie } })));
    for (const answer of answers) {
        assert.equal(answer.status, 303);
        const Cookie = answer.headers["set-cookie"][0].split(";")[0];
        assert.equal((await site.request("/account", { headers: { Cookie } })).status, 200);
    }
});

// ---- Guessing passwords ----

async function guess(times, user, options, server = site) {
    const statuses = [];
    for (let i = 0; i < times; i++)
        statuses.push((await server.tryPassword(user, "wrong", options)).status);
    return statuses;
}

test("guesses from other addresses keep nobody from logging in", async () => {
    for (const localAddress of ["127.0.0.11", "127.0.0.12", "127.0.0.13"])
        assert.deepEqual(await guess(6, "ada", { localAddress }),
            [403, 403, 403, 403, 403, 429]);
    await site.logIn("ada");
});

test("after too many guesses an address has to wait, and is told how long", async () => {
    const stranger = { localAddress: "127.0.0.14" };
    await guess(5, "bob", stranger);
    const answer = await site.tryPassword("bob", PASSWORDS.bob, stranger);
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers["retry-after"]) >= 1);
    assert.match(answer.text, /try again in \d+ second/);
});

test("the right password makes good for the wrong ones before it", async () => {
    const clumsy = { localAddress: "127.0.0.17" };
    for (let i = 0; i < 2; i++) {
        assert.deepEqual(await guess(4, "ada", clumsy), [403, 403, 403, 403]);
        assert.equal((await site.tryPassword("ada", PASSWORDS.ada, clumsy)).status, 303);
    }
});

test("an address cannot guess at one user after another", async () => {
    const statuses = [];
    for (let i = 0; i < 31; i++)
        statuses.push(...await guess(1, "user" + i, { localAddress: "127.0.0.15" }));
    assert.deepEqual(statuses, [...Array(30).fill(403), 429]);
});

// Guesses at bob, each with another forwarded address, of which `last` is the last.
async function guessForwarded(server, last, localAddress) {
    const statuses = [];
    for (let i = 0; i < 6; i++) {
        const headers = { "X-Forwarded-For": `10.1.1.${i}, ${last(i)}` };
        statuses.push(...await guess(1, "bob", { headers, localAddress }, server));
    }
    return statuses;
}

test("the forwarded address counts only behind a proxy, and only the last one", async () => {
    const refused = [403, 403, 403, 403, 403, 429];
    const behind = await new Site().start(redis, { WEB_PROXY: "on" });
    try {
        assert.deepEqual(await guessForwarded(behind, () => "10.2.2.2"), refused);
        assert.deepEqual(await guessForwarded(behind, i => "10.3.3." + i), Array(6).fill(403));
        assert.deepEqual(await guessForwarded(site, i => "10.3.3." + i, "127.0.0.16"), refused);
    } finally {
        await behind.stop();
    }
});

// ---- Addresses and methods ----

test("a wrong method is told which ones there are", async () => {
    const headers = { Cookie: await site.logIn("ada") };
    for (const [path, allow] of [["/login", "GET, HEAD, POST"], ["/devices", "GET, HEAD"],
                                 ["/style.css", "GET, HEAD"], ["/logout", "POST"]]) {
        const answer = await site.request(path, { method: "PUT", headers });
        assert.deepEqual([answer.status, answer.headers.allow], [405, allow], path);
    }
});

test("a browser may call itself anything, and its words are shown to nobody", async () => {
    const odd = ["", "x".repeat(600), "a\tb", "<b>nasty</b>", "\xff\xfe\xc0", "\u00e9".repeat(300)];
    for (const agent of odd) {
        const headers = { Cookie: await site.logIn("ada", agent) };
        const page = (await site.request("/devices", { headers })).text;
        assert.match(page, /<h2>Unknown device/);
        assert.doesNotMatch(page, /xxx|a\tb|nasty|\xff|\u00e9/);
    }
});

test("browsers have names that people know", async () => {
    const known = {
        "Firefox on Windows": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Edge on Windows": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
        "Safari on iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
        "Chrome on iPad": "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) CriOS/120 Mobile Safari/604.1",
        "Chrome on Android": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36",
        "Chrome on Android tablet": "Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/140.0 Safari/537.36",
        "Safari on macOS": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15",
        "curl": "curl/8.5.0",
    };
    for (const [name, agent] of Object.entries(known)) {
        const headers = { Cookie: await site.logIn("bob", agent) };
        const page = (await site.request("/devices", { headers })).text;
        assert.ok(page.includes(`<h2>${name} <span class="badge">this device</span>`), name);
        redis.run("flushall");
    }
});
