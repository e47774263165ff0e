"use strict";

// Cookies of one name that differ: what a browser sends, and that the library's
// deletions leave none of them. Hosts under localhost, because Chromium takes Secure
// and Partitioned cookies of these without TLS.

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { once } = require("node:events");
const http = require("node:http");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const { launch } = require("./support.js");

const HOST = "app.site.localhost";
const DOMAINS = ["", "app.site.localhost", "site.localhost"];

let browser, context, page, server, port;

// What the next answers carry, and what the last request carried.
let setCookies = [];
let last;

before(async () => {
    server = http.createServer((request, response) => {
        last = { cookies: request.headers.cookie, host: request.headers.host,
                 path: request.url };
        response.setHeader("Content-Type", "text/html");
        response.setHeader("Set-Cookie", setCookies);
        response.end("<link rel=icon href=data:,>");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    port = server.address().port;
    browser = await launch();
});

after(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
});

beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
});

afterEach(() => context.close());

// Gives what the request carried.
async function visit(path, { host = HOST, set = [] } = {}) {
    setCookies = set;
    await page.goto(`http://${host}:${port}${path}`);
    return last;
}

// ---- The library ----

function library(...words) {
    return execFileSync(process.env.HISESSION_COOKIES, words).toString().trim();
}

function find(options, request) {
    return library("find", options, request.cookies ?? "");
}

function deletions(options, request) {
    return library("forget", options, request.host, request.path).split("\n");
}

function idOf(number) {
    return String(number).padStart(43, "0");
}

// Visits with cookies that differ, heals, and sees that none is sent any more.
async function expectHealed(options, path, { host = HOST } = {}) {
    const request = await visit(path, { host });
    assert.equal(find(options, request), "AMBIGUOUS");
    await visit(path, { host, set: deletions(options, request) });
    assert.equal((await visit(path, { host })).cookies, undefined);
    return request;
}

function sent(request) {
    return request.cookies.split("; ").length;
}

// ---- Tests ----

function everyVariant(paths) {
    return DOMAINS.flatMap(domain => paths.flatMap(path => ["", "; Partitioned"].map(
        end => (domain && `; Domain=${domain}`) + `; Path=${path}` + end)));
}

test("every variant that a browser sends is deleted", async () => {
    const attributes = everyVariant(["/", "/app", "/app/", "/app/x"]);
    await visit("/app/x", { set: attributes.map(
        (text, i) => `sid=${idOf(i)}; Secure${text}`) });
    assert.equal((await context.cookies()).length, 24);
    const request = await expectHealed("name=sid", "/app/x");
    assert.equal(sent(request), 24);
    assert.deepEqual(await context.cookies(), []);
});

test("each variant alone beside another one is deleted", async () => {
    const own = `sid=${idOf("own")}; Secure; HttpOnly; Path=/`;
    for (const text of everyVariant(["/", "/app"]).slice(1)) {
        await visit("/app/x", { set: [own, `sid=${idOf("other")}; Secure${text}`] });
        const request = await expectHealed("name=sid", "/app/x");
        assert.equal(sent(request), 2, text);
        assert.deepEqual(await context.cookies(), [], text);
    }
});

test("a __Host- cookie is partitioned, not partitioned, and nothing else", async () => {
    const set = ["", "; Partitioned", "; Domain=site.localhost"].map(
        (text, i) => `__Host-session=${idOf(i)}; Secure; Path=/${text}`);
    await visit("/app/x", { set });
    assert.equal(sent(await expectHealed("", "/app/x")), 2);
    assert.deepEqual(await context.cookies(), []);
});

test("a changed option makes two cookies, a login after the healing one", async () => {
    for (const change of ["partitioned=on", "path=/app", "domain=site.localhost"]) {
        const options = "name=sid&" + change;
        await visit("/app/x", { set: [library("give", "name=sid", idOf("old"))] });
        await visit("/app/x", { set: [library("give", options, idOf("new"))] });
        const request = await visit("/app/x");
        assert.equal(find(options, request), "AMBIGUOUS", change);
        await visit("/app/x", { set: [...deletions(options, request),
                                      library("give", options, idOf("login"))] });
        assert.equal(find(options, await visit("/app/x")), "OK " + idOf("login"), change);
        await context.clearCookies();
    }
});

test("a neighbour's cookie does not win, and does not come back", async () => {
    await visit("/", { set: [library("give", "name=sid", idOf("own"))] });
    await visit("/", { host: "evil.site.localhost", set: [
        `sid=${idOf("planted")}; Domain=site.localhost; Path=/app/x`] });
    const request = await visit("/app/x");
    assert.match(request.cookies, /^sid=0*planted; sid=0*own$/);
    await expectHealed("name=sid", "/app/x");
    assert.deepEqual(await context.cookies(), []);
});

test("a neighbour's cookie that is no id locks nobody out", async () => {
    await visit("/", { set: [library("give", "name=sid", idOf("own"))] });
    await visit("/", { host: "evil.site.localhost", set: [
        "sid=garbage; Domain=site.localhost; Path=/app"] });
    const request = await visit("/app");
    assert.match(request.cookies, /^sid=garbage; sid=0*own$/);
    assert.equal(find("name=sid", request), "OK " + idOf("own"));
});

test("paths are deleted as the browser writes them", async () => {
    for (const path of ["/b\u00fccher/x", "/a b/", "/a,b/%2f", "//x//", "/a\"b|{c}/x",
                        "/app/x?next=/a;b", "/dir/"]) {
        const asked = (await visit(path)).path.split("?")[0];
        await visit(path, { set: [
            `sid=${idOf("directory")}`, `sid=${idOf("whole")}; Path=${asked}`,
            `sid=${idOf("root")}; Path=/; Secure`] });
        const request = await expectHealed("name=sid", path);
        assert.equal(sent(request), 3, path);
        assert.deepEqual(await context.cookies(), [], path);
    }
});

test("the host may be a name without a dot, or an address", async () => {
    for (const host of ["localhost", "127.0.0.1"]) {
        await visit("/app", { host, set: [
            `sid=${idOf(1)}; Path=/`, `sid=${idOf(2)}; Domain=${host}; Path=/app`] });
        await expectHealed("name=sid", "/app", { host });
        assert.deepEqual(await context.cookies(), [], host);
    }
});
