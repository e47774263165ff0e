"use strict";

// A private Redis, servers of the web example on it, and a browser.

const assert = require("node:assert/strict");
const { chromium } = require("playwright-core");
const { after, afterEach, before, beforeEach } = require("node:test");
const { execFileSync, spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36";
const PASSWORDS = { ada: "analytical-engine", bob: "correct-horse-battery" };

async function until(condition, what) {
    for (let i = 0; i < 500; i++) {
        if (await condition())
            return;
        await new Promise(resolve => setTimeout(resolve, 20));
    }
    throw new Error("it did not happen: " + what);
}

async function end(child, signal) {
    if (child.exitCode !== null || child.signalCode !== null)
        return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
}

// ---- Redis ----

class Redis {
    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
        this.socket = path.join(this.folder, "redis.sock");
        this.url = "unix://" + this.socket;
    }

    // What it was told is on disk before it answers: a kill loses nothing.
    async start() {
        this.child = spawn(process.env.HISESSION_REDIS_SERVER,
            ["--port", "0", "--unixsocket", this.socket, "--dir", this.folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always"], { stdio: "ignore" });
        await until(() => this.answers(), "Redis answers");
    }

    answers() {
        try {
            return this.run("ping") === "PONG";
        } catch {
            return false;
        }
    }

    run(...words) {
        const options = { stdio: ["ignore", "pipe", "ignore"] };
        return execFileSync("redis-cli", ["-s", this.socket, ...words], options)
            .toString().trim();
    }

    pause() {
        this.child.kill("SIGSTOP");
    }

    resume() {
        this.child.kill("SIGCONT");
    }

    async kill() {
        await end(this.child, "SIGKILL");
    }

    async stop() {
        this.resume();
        await this.kill();
        fs.rmSync(this.folder, { recursive: true });
    }
}

// Stands between a site and Redis; lets so many GETs through, and then nothing.
class Gate {
    async open(redis, gets) {
        this.url = redis.url + ".gate";
        this.server = net.createServer(client => {
            const server = net.connect(redis.socket);
            client.on("data", data => {
                gets -= data.toString("latin1").split("\r\nGET\r\n").length - 1;
                if (gets >= 0)
                    server.write(data);
            });
            server.on("data", data => client.write(data));
            for (const [one, other] of [[client, server], [server, client]]) {
                one.on("error", () => {});
                one.on("close", () => other.destroy());
            }
        }).listen(this.url.replace("unix://", ""));
        await once(this.server, "listening");
        return this;
    }

    close() {
        this.server.close();
    }
}

// ---- The web example ----

async function freePort() {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = server.address().port;
    server.close();
    await once(server, "close");
    return port;
}

class Site {
    // `settings` are environment variables, such as WEB_COOKIE.
    async start(redis, settings = {}) {
        const port = await freePort();
        const environment = { ...process.env, REDIS_URL: redis.url, ...settings };
        this.child = spawn(process.env.HISESSION_WEB, [String(port)],
            { env: environment, stdio: ["ignore", "pipe", "inherit"] });
        const [line] = await once(this.child.stdout, "data");
        this.url = line.toString().trim();
        return this;
    }

    async kill() {
        await end(this.child, "SIGKILL");
    }

    // As Ctrl-C; gives the exit status.
    async stop() {
        await end(this.child, "SIGINT");
        return this.child.exitCode;
    }

    post(path, fields, { headers = {}, ...options } = {}) {
        return this.request(path, {
            method: "POST",
            headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
            body: String(new URLSearchParams(fields)),
            ...options,
        });
    }

    // A login form: its token, and the cookie that came with it.
    async loginForm(options) {
        const form = await this.request("/login", options);
        return { csrf: tokenOf(form.text), cookie: form.headers["set-cookie"][0].split(";")[0] };
    }

    async tryPassword(user, password, { headers = {}, ...options } = {}) {
        const { csrf, cookie } = await this.loginForm({ headers, ...options });
        return this.post("/login", { csrf, user, password },
            { headers: { ...headers, Cookie: cookie }, ...options });
    }

    // The session's cookie of somebody who logs in, as "name=value".
    async logIn(user, userAgent) {
        const headers = userAgent === undefined ? {} : { "User-Agent": userAgent };
        const answer = await this.tryPassword(user, PASSWORDS[user], { headers });
        assert.equal(answer.status, 303);
        return answer.headers["set-cookie"][0].split(";")[0];
    }

    // Without a browser, which cannot send just any header. `localAddress` is who
    // asks: all of 127.0.0.0/8 is this machine.
    request(path, { headers = {}, method = "GET", body, localAddress } = {}) {
        return new Promise((resolve, reject) => {
            const options = { method, headers, localAddress, agent: false, timeout: 20000 };
            const request = http.request(this.url + path, options, response => {
                let text = "";
                response.on("data", data => text += data);
                response.on("error", reject);
                response.on("end", () => resolve(
                    { status: response.statusCode, headers: response.headers, text }));
            });
            request.on("error", reject);
            request.on("timeout", () => request.destroy(new Error("no answer: " + path)));
            request.end(body);
        });
    }

    // A connection for a client that does not behave.
    connect(localAddress) {
        const port = Number(new URL(this.url).port);
        const socket = net.connect({ host: "127.0.0.1", port, localAddress });
        socket.on("error", () => {}); // it closes, too
        return socket;
    }
}

// The token in the first form of a page.
function tokenOf(html) {
    return html.match(/name="csrf" value="([^"]+)"/)[1];
}

// ---- The browser ----

function launch() {
    return chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
               "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"],
    });
}

// As somebody would.
async function logIn(page, site, user = "ada") {
    await page.goto(site.url + "/login");
    await page.getByLabel("Name").fill(user);
    await page.getByLabel("Password").fill(PASSWORDS[user]);
    await page.locator("main").getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/account");
}

async function sessionCookie(context) {
    return (await context.cookies()).find(cookie => cookie.name.endsWith("session"));
}

function screenshot(page, name) {
    return page.screenshot({
        path: path.join(process.env.HISESSION_SCREENSHOTS, name + ".png"),
        fullPage: true,
    });
}

// ---- All of it, for a file of tests ----

function prepare(settings) {
    const redis = new Redis();
    const site = new Site();
    let browser = null;
    let contexts = [];

    before(async () => {
        await redis.start();
        await site.start(redis, settings);
    });
    after(async () => {
        await browser?.close();
        assert.equal(await site.stop(), 0);
        await redis.stop();
    });
    beforeEach(() => redis.run("flushall"));
    afterEach(async () => {
        await Promise.all(contexts.map(context => context.close()));
        contexts = [];
    });

    // A browser of somebody's: its own cookies.
    async function device(options) {
        browser ??= await launch();
        const context = await browser.newContext(options);
        context.setDefaultTimeout(10000);
        contexts.push(context);
        return context.newPage();
    }

    // The same, with a user who is logged in and has the first page open.
    async function deviceOf(user, options = {}) {
        const page = await device(options);
        const [name, value] = (await site.logIn(user, options.userAgent ?? CHROME)).split("=");
        await page.context().addCookies([{ name, value, domain: "127.0.0.1", path: "/",
                                           secure: true, httpOnly: true, sameSite: "Lax" }]);
        await page.goto(site.url + "/account");
        return page;
    }

    async function isLoggedIn(page) {
        await page.goto(site.url + "/account");
        return new URL(page.url()).pathname === "/account";
    }

    return { redis, site, device, deviceOf, isLoggedIn };
}

function press(page, name) {
    return page.getByRole("button", { name }).click();
}

async function saveNote(page, text) {
    await page.getByLabel("Note", { exact: true }).fill(text);
    await press(page, "Save the note");
}

module.exports = {
    CHROME, FIREFOX, Gate, PASSWORDS, Redis, Site, launch, logIn, prepare, press, saveNote, screenshot,
    sessionCookie, tokenOf, until,
};
