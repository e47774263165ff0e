"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const {
    FIREFOX, PASSWORDS, Site, logIn, prepare, press, saveNote, screenshot, sessionCookie,
    until,
} = require("./support.js");

const ELSEWHERE = /signed-out\?why=ended/;

const { redis, site, device, deviceOf, isLoggedIn } = prepare();

// ---- Logging in ----

test("reading the front page makes no session", async () => {
    const page = await device();
    await page.goto(site.url);
    await screenshot(page, "front");
    assert.equal(redis.run("dbsize"), "0");
    assert.deepEqual(await page.context().cookies(), []);
});

test("the login gives a host-only, secure cookie and another id than before it", async () => {
    const page = await device();
    const [name, before] = (await site.logIn("ada")).split("=");
    redis.run("flushall"); // that session is over
    await page.context().addCookies([{ name, value: before, domain: "127.0.0.1", path: "/",
                                       secure: true, httpOnly: true, sameSite: "Lax" }]);
    await page.goto(site.url + "/login");
    await screenshot(page, "login");
    assert.equal(redis.run("dbsize"), "0");
    await logIn(page, site);
    const now = await sessionCookie(page.context());
    assert.deepEqual([now.name, now.secure, now.httpOnly, now.sameSite, now.path],
        ["__Host-session", true, true, "Lax", "/"]);
    assert.notEqual(now.value, before);
    assert.ok(Number(redis.run("ttl", "sess:" + now.value)) > 1700);
});

test("an id that was planted before the login is worth nothing after it", async () => {
    const attacker = await device();
    await attacker.goto(site.url + "/login");
    const planted = await attacker.context().cookies();
    planted.push({ ...planted[0], name: "__Host-session", value: "A".repeat(43) });
    const victim = await device();
    await victim.context().addCookies(planted);
    await attacker.context().addCookies(planted);
    await logIn(victim, site);
    assert.notEqual((await sessionCookie(victim.context())).value, "A".repeat(43));
    assert.equal(await isLoggedIn(attacker), false);
});

test("an id that the server did not make is not taken over", async () => {
    const page = await device();
    const made_up = "A".repeat(43);
    await page.context().addCookies([{ name: "__Host-session", value: made_up,
        domain: "127.0.0.1", path: "/", secure: true }]);
    await page.goto(site.url + "/login");
    assert.equal(await sessionCookie(page.context()), undefined);
    assert.equal(redis.run("exists", "sess:" + made_up), "0");
});

test("a wrong name and a wrong password are told the same", async () => {
    const page = await device();
    const told = [];
    for (const user of ["ada", "nobody"]) {
        await page.goto(site.url + "/login");
        await page.getByLabel("Name").fill(user);
        await page.getByLabel("Password").fill("wrong");
        await press(page, "Log in");
        told.push(await page.getByRole("alert").textContent());
    }
    await screenshot(page, "login-refused");
    assert.equal(told[0], told[1]);
});

test("after five wrong passwords a visitor has to wait, also with the right one", async () => {
    const counting = await new Site().start(redis); // its counts end with it
    try {
        const page = await device();
        await page.goto(counting.url + "/login");
        for (let i = 0; i < 6; i++) {
            await page.getByLabel("Name").fill("bob");
            await page.getByLabel("Password").fill(i < 5 ? "wrong" : PASSWORDS.bob);
            const answer = page.waitForResponse("**/login");
            await press(page, "Log in");
            assert.equal((await answer).status(), i < 5 ? 403 : 429);
        }
        await screenshot(page, "login-too-often");
    } finally {
        await counting.stop();
    }
});

test("the keyboard alone is enough to log in and out", async () => {
    const page = await device();
    await page.goto(site.url + "/login");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent),
        "Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORDS.ada);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/account");
    await page.getByRole("button", { name: "Log out" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/signed-out");
});

// ---- Devices ----

test("a device that is logged out elsewhere is thrown out at once", async () => {
    const desk = await deviceOf("ada");
    const phone = await deviceOf("ada", { userAgent: FIREFOX });
    await desk.goto(site.url + "/devices");
    await screenshot(desk, "devices");
    assert.equal(await desk.locator(".device").count(), 2);
    await press(desk, "Log out Firefox on Windows");
    await phone.waitForURL(ELSEWHERE); // without doing anything there
    await screenshot(phone, "thrown-out");
    assert.equal(await isLoggedIn(phone), false);
    assert.equal(await isLoggedIn(desk), true);
});

test("all others, and everywhere", async () => {
    const [desk, phone, tablet] =
        [await deviceOf("ada"), await deviceOf("ada"), await deviceOf("ada")];
    const bob = await deviceOf("bob");
    await desk.goto(site.url + "/devices");
    await press(desk, "Log out all others");
    await Promise.all([phone.waitForURL(ELSEWHERE), tablet.waitForURL(ELSEWHERE)]);
    await logIn(phone, site);
    await desk.goto(site.url + "/devices");
    await press(desk, "Log out everywhere");
    await desk.waitForURL("**/signed-out");
    await phone.waitForURL(ELSEWHERE);
    assert.equal(await isLoggedIn(desk), false);
    assert.equal(await isLoggedIn(bob), true);
});

test("an eleventh device takes the place of the first", async () => {
    const first = await deviceOf("ada");
    for (let i = 0; i < 10; i++)
        await site.logIn("ada", FIREFOX);
    await first.waitForURL(ELSEWHERE);
});

test("an hour after the login devices are logged out only with the password", async () => {
    const desk = await deviceOf("ada");
    const phone = await deviceOf("ada", { userAgent: FIREFOX });
    await desk.goto(site.url + "/devices");
    const key = "sess:" + (await sessionCookie(desk.context())).value;
    const record = redis.run("get", key);
    redis.run("set", key, record.replace(/"confirmed_at":\d+/, '"confirmed_at":1'), "KEEPTTL");
    await press(desk, "Log out Firefox on Windows");
    await screenshot(desk, "confirm");
    await desk.getByRole("heading", { name: "Log out Firefox on Windows?" }).waitFor();
    await desk.getByLabel("Your password").fill("wrong");
    await press(desk, "Log out the device");
    await desk.getByRole("alert").waitFor();
    await desk.getByLabel("Your password").fill(PASSWORDS.ada);
    assert.equal(await isLoggedIn(phone), true);
    await press(desk, "Log out the device");
    await Promise.all([desk.waitForURL("**/devices"), phone.waitForURL(ELSEWHERE)]);
    assert.equal(redis.run("exists", key), "0"); // the password came with a new id
    assert.equal(await isLoggedIn(desk), true);
});

test("without JavaScript the next click is refused", async () => {
    const desk = await deviceOf("ada", { javaScriptEnabled: false });
    const phone = await deviceOf("ada", { javaScriptEnabled: false, userAgent: FIREFOX });
    await desk.goto(site.url + "/devices");
    await press(desk, "Log out Firefox on Windows");
    await desk.waitForURL("**/devices");
    await press(phone, "Count one more");
    await phone.waitForURL(ELSEWHERE);
});

// ---- Logging out ----

test("a session that expired is over, and its cookie is taken back", async () => {
    const page = await deviceOf("ada", { javaScriptEnabled: false });
    redis.run("del", "sess:" + (await sessionCookie(page.context())).value);
    assert.equal(await isLoggedIn(page), false);
    assert.match(page.url(), ELSEWHERE);
    assert.equal(await sessionCookie(page.context()), undefined);
});

test("after the logout the back button shows nothing private", async () => {
    const page = await deviceOf("ada");
    await saveNote(page, "my secret");
    const cookie = await sessionCookie(page.context());
    await press(page, "Log out");
    await page.waitForURL("**/signed-out");
    await screenshot(page, "signed-out");
    assert.equal(await sessionCookie(page.context()), undefined);
    await page.goBack();
    await page.waitForLoadState();
    assert.doesNotMatch(await page.content(), /my secret/);
    await page.context().addCookies([cookie]); // nor does the cookie that it was
    assert.equal(await isLoggedIn(page), false);
});

// ---- The session's data ----

test("two tabs that save at once lose nothing", async () => {
    const page = await deviceOf("ada");
    const tabs = [page];
    for (let i = 0; i < 3; i++)
        tabs.push(await page.context().newPage());
    await Promise.all(tabs.map(tab => tab.goto(site.url + "/account")));
    await Promise.all(tabs.map((tab, i) =>
        i === 0 ? saveNote(tab, "kept") : press(tab, "Count one more")));
    await Promise.all(tabs.map(tab => tab.waitForLoadState()));
    await page.goto(site.url + "/account");
    await screenshot(page, "account");
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "kept");
    assert.equal(await page.locator("output").textContent(), "3");
});

// Two windows with the same note, of which one saves "first" and then the other "second".
async function conflict() {
    const one = await deviceOf("ada");
    const other = await one.context().newPage();
    await other.goto(site.url + "/account");
    await saveNote(one, "first");
    await one.locator(".done").waitFor();
    await saveNote(other, "second");
    await other.getByRole("heading", { name: "The note has changed" }).waitFor();
    return other;
}

test("a note that another tab changed is not overwritten", async () => {
    const page = await conflict();
    await screenshot(page, "note-conflict");
    assert.equal(await page.locator("pre").textContent(), "first");
    assert.equal(await page.getByLabel("Yours, not saved yet").inputValue(), "second");
    await page.getByRole("link", { name: "Keep this one" }).click();
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "first");
});

test("a note that another tab changed is replaced if the user says so", async () => {
    const page = await conflict();
    await press(page, "Replace it with mine");
    await page.locator(".done").waitFor();
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "second");
});

test("markup in a note stays text", async () => {
    const page = await deviceOf("ada");
    const nasty = "\n</textarea><script>document.title = 'x'</script>\"'&amp;\u{1F989}";
    await saveNote(page, nasty);
    await page.goto(site.url + "/account");
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), nasty);
    assert.match(await page.title(), /Your page/);
});

// ---- Forms and cookies that are not right ----

test("a form without the session's token does nothing", async () => {
    const page = await deviceOf("ada");
    const { name, value } = await sessionCookie(page.context());
    const headers = { Cookie: `${name}=${value}`,
                      "Content-Type": "application/x-www-form-urlencoded" };
    for (const path of ["/account/note", "/account/count", "/logout", "/devices/revoke",
                        "/devices/others", "/devices/all"]) {
        const answer = await site.request(path, { method: "POST", headers, body: "note=x" });
        assert.equal(answer.status, 403, path);
    }
    assert.equal(await isLoggedIn(page), true);
});

test("a session cookie that comes twice is refused", async () => {
    const plain = await new Site().start(redis, { WEB_COOKIE: "name=session&secure=off" });
    try {
        const page = await device();
        await logIn(page, plain);
        await page.context().addCookies([{ name: "session", value: "B".repeat(43),
            domain: "127.0.0.1", path: "/account" }]);
        const answer = await page.goto(plain.url + "/account");
        await screenshot(page, "two-cookies");
        assert.equal(answer.status(), 400);
        assert.equal(answer.headers()["set-cookie"], undefined);
    } finally {
        await plain.stop();
    }
});

test("every answer has the headers that keep it safe", async () => {
    const page = await deviceOf("ada");
    const { name, value } = await sessionCookie(page.context());
    const headers = { Cookie: `${name}=${value}` };
    for (const path of ["/", "/login", "/account", "/devices", "/nowhere", "/logout"]) {
        const answer = await site.request(path, { headers });
        assert.equal(answer.headers["cache-control"], "no-store", path);
        assert.match(answer.headers["content-security-policy"], /default-src 'none'/, path);
        assert.equal(answer.headers["x-content-type-options"], "nosniff", path);
    }
});

// ---- Trouble ----

async function saysTryAgain(page) {
    const answer = await page.goto(site.url + "/account");
    assert.equal(answer.status(), 503);
    assert.ok(Number(answer.headers()["retry-after"]) > 0);
    assert.equal(answer.headers()["set-cookie"], undefined);
    await page.getByRole("heading", { name: "Please try again" }).waitFor();
}

test("while Redis hangs the page says so, and then the user is still logged in", async () => {
    const page = await deviceOf("ada");
    redis.pause();
    try {
        await page.getByLabel("Note", { exact: true }).fill("typed in vain?");
        await press(page, "Save the note");
        await page.getByRole("heading", { name: "Please try again" }).waitFor();
        assert.equal(await page.locator("pre").textContent(), "typed in vain?");
        await screenshot(page, "try-again");
    } finally {
        redis.resume();
    }
    await press(page, "Try again");
    await page.waitForURL("**/account");
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "typed in vain?");
});

test("a logout that Redis did not confirm is not said to be one", async () => {
    const page = await deviceOf("ada");
    redis.pause();
    try {
        await press(page, "Log out");
        await page.getByRole("heading", { name: "Please try again" }).waitFor();
        await screenshot(page, "logout-failed");
        assert.match(await page.getByRole("alert").textContent(), /still logged in|not certain/);
    } finally {
        redis.resume();
    }
    await press(page, "Try again");
    await page.waitForURL("**/signed-out");
});

test("a Redis that was killed and came back knows its users, and tells of logouts", async () => {
    const page = await deviceOf("ada");
    const other = await deviceOf("ada");
    await redis.kill();
    await saysTryAgain(page);
    await redis.start();
    await until(() => isLoggedIn(page), "ada is logged in again");
    await page.goto(site.url + "/devices");
    await press(page, "Log out all others");
    await other.waitForURL(ELSEWHERE);
});

test("two servers share the logins, and one that dies loses nobody", async () => {
    const second = await new Site().start(redis);
    const page = await deviceOf("ada");
    const phone = await device();
    await logIn(phone, second);
    await page.goto(second.url + "/devices");
    assert.equal(await page.locator(".device").count(), 2);
    await press(page, "Log out all others");
    await phone.waitForURL(ELSEWHERE);
    await second.kill();
    assert.equal(await isLoggedIn(page), true);
});
