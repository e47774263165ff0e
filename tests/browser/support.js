"use strict";

// A private Redis, servers of the web example on it, and a browser.

const { chromium } = require("playwright-core");
const { execFileSync, spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

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
    async start(redis, { cookie = "" } = {}) {
        const port = await freePort();
        const environment = { ...process.env, REDIS_URL: redis.url };
        if (cookie)
            environment.WEB_COOKIE = cookie;
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

    // The session's cookie of somebody who logs in, as "name=value".
    async logIn(user, userAgent) {
        const form = await this.request("/login");
        const csrf = form.text.match(/name="csrf" value="([^"]+)"/)[1];
        const answer = await this.request("/login", {
            method: "POST",
            headers: { "Cookie": form.headers["set-cookie"][0].split(";")[0],
                       "Content-Type": "application/x-www-form-urlencoded",
                       "User-Agent": userAgent },
            body: String(new URLSearchParams({ csrf, user, password: PASSWORDS[user] })),
        });
        return answer.headers["set-cookie"][0].split(";")[0];
    }

    // Without a browser, which cannot send just any header.
    request(path, { headers = {}, method = "GET", body } = {}) {
        return new Promise((resolve, reject) => {
            const request = http.request(this.url + path, { method, headers }, response => {
                let text = "";
                response.on("data", data => text += data);
                response.on("end", () => resolve(
                    { status: response.statusCode, headers: response.headers, text }));
            });
            request.on("error", reject);
            request.end(body);
        });
    }
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

module.exports = { PASSWORDS, Redis, Site, launch, logIn, screenshot, sessionCookie, until };
