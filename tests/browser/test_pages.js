"use strict";

// What pages show and do: the words after something was done, the password before
// devices are logged out, trouble while somebody types, and how it looks.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const {
    FIREFOX, Gate, PASSWORDS, Site, prepare, press, saveNote, screenshot, sessionCookie,
    tokenOf,
} = require("./support.js");

const ELSEWHERE = /signed-out\?why=ended/;

const { redis, site, device, deviceOf, isLoggedIn } = prepare();

async function cookieHeader(page) {
    const { name, value } = await sessionCookie(page.context());
    return { Cookie: `${name}=${value}` };
}

// As if the password had been given long ago.
async function forgetPassword(page) {
    const key = "sess:" + (await sessionCookie(page.context())).value;
    const record = redis.run("get", key).replace(/"confirmed_at":\d+/, '"confirmed_at":1');
    redis.run("set", key, record, "KEEPTTL");
}

// The word after something was done.
function said(page) {
    return page.locator(".done, .notice");
}

// ---- Clicks ----

test("a double click on a button sends its form once", async () => {
    const page = await device();
    await page.goto(site.url + "/login");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill(PASSWORDS.ada);
    await page.locator("main").getByRole("button", { name: "Log in" }).dblclick({ delay: 20 });
    await page.waitForURL("**/account");
    for (let count = 1; count <= 5; count++) {
        await page.getByRole("button", { name: "Count one more" }).dblclick({ delay: 20 });
        await said(page).waitFor();
        assert.equal(await page.locator("output").textContent(), String(count));
        await page.reload();
    }
    await page.goto(site.url + "/devices");
    assert.equal(await page.locator(".device").count(), 1);
});

test("a page that the browser kept has buttons that work", async () => {
    const page = await device();
    await page.goto(site.url + "/login");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill("wrong");
    await page.locator("main").getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await page.goBack();
    assert.equal(await page.locator("main").getByRole("button").isEnabled(), true);
});

// ---- Words after something was done ----

test("a save is told once, beside its button", async () => {
    const page = await deviceOf("ada");
    await saveNote(page, "x");
    assert.equal(await said(page).textContent(), "Saved");
    await press(page, "Count one more");
    await page.getByText("Counted", { exact: true }).waitFor();
    assert.equal(await said(page).count(), 1);
    await page.reload();
    assert.equal(await said(page).count(), 0);
});

test("a logout of others is told once, and no link can claim it", async () => {
    const page = await deviceOf("ada");
    for (const query of ["?done=others", "?done=device", "?flash=3"]) {
        await page.goto(site.url + "/devices" + query);
        assert.equal(await said(page).count(), 0, query);
    }
    await site.logIn("ada", FIREFOX);
    await page.reload();
    await press(page, "Log out all others");
    assert.equal(await said(page).textContent(),
        "All other devices are logged out.");
    await page.reload();
    assert.equal(await said(page).count(), 0);
});

test("the page after a logout says nothing that a link could make untrue", async () => {
    const page = await device();
    for (const why of ["", "?why=ended"]) {
        await page.goto(site.url + "/signed-out" + why);
        assert.doesNotMatch(await page.locator("main").textContent(), /[Tt]his session|was ended/);
    }
});

// ---- Logging out devices ----

test("a device that is alone has nobody to log out", async () => {
    const page = await deviceOf("ada");
    await page.goto(site.url + "/devices");
    assert.equal(await page.getByRole("button", { name: "Log out all others" }).count(), 0);
    assert.equal(await page.locator(".device").getByRole("button").count(), 0);
    assert.equal(await page.locator(".device .badge").textContent(), "this device");
});

for (const [button, title, done] of [
    ["Log out all others", "Log out all other devices?", "**/devices"],
    ["Log out everywhere", "Log out everywhere?", "**/signed-out"],
])
    test(`an hour after the login "${button}" needs the password`, async () => {
        const desk = await deviceOf("ada");
        const phone = await deviceOf("ada", { userAgent: FIREFOX });
        await desk.goto(site.url + "/devices");
        await forgetPassword(desk);
        await press(desk, button);
        await desk.getByRole("heading", { name: title }).waitFor();
        assert.equal(await isLoggedIn(phone), true);
        await desk.getByLabel("Your password").fill("wrong");
        await press(desk, button);
        await desk.getByRole("alert").waitFor();
        assert.equal(await isLoggedIn(phone), true);
        await desk.getByLabel("Your password").fill(PASSWORDS.ada);
        await press(desk, button);
        await Promise.all([desk.waitForURL(done), phone.waitForURL(ELSEWHERE)]);
    });

test("who logs out everywhere is out, also if Redis evicted the list", async () => {
    for (const path of ["/devices/all", "/devices/revoke"]) {
        const page = await deviceOf("ada");
        const headers = await cookieHeader(page);
        const csrf = tokenOf(await page.content());
        const handle = await page.locator("code").textContent();
        for (const key of redis.run("keys", "*").split("\n"))
            if (/user:/.test(key))
                redis.run("del", key);
        const answer = await site.post(path, { csrf, handle }, { headers });
        assert.equal(answer.headers.location, "/signed-out");
        assert.equal((await site.request("/account", { headers })).status, 303, path);
        assert.equal(redis.run("keys", "sess:*"), "", path);
    }
});

// ---- Trouble ----

function eventsAnswer(page, status) {
    return page.waitForResponse(
        answer => answer.url().endsWith("/events") && answer.status() === status);
}

// As if the browser had lost its stream of events.
function listenAgain(page) {
    return page.evaluate(() => {
        setTimeout(() => document.dispatchEvent(new Event("visibilitychange")));
    });
}

test("a page whose events fail stays, with what was typed, and listens again", async () => {
    const page = await deviceOf("ada");
    const other = await deviceOf("ada", { userAgent: FIREFOX });
    const note = page.getByLabel("Note", { exact: true });
    await note.fill("half a sentence");
    redis.pause();
    try {
        const refused = eventsAnswer(page, 503);
        await listenAgain(page);
        await refused;
        await eventsAnswer(page, 503); // the script asks why
        assert.equal(await note.inputValue(), "half a sentence");
        assert.match(page.url(), /account$/);
    } finally {
        redis.resume();
    }
    await eventsAnswer(page, 200);
    await other.goto(site.url + "/devices");
    await press(other, "Log out all others");
    await page.waitForURL(ELSEWHERE);
});

test("a page whose events are refused with a 401 is left", async () => {
    const page = await deviceOf("ada");
    await page.route("**/events", route => route.abort()); // no stream tells of the end
    await page.reload();
    redis.run("flushall");
    const refused = eventsAnswer(page, 401);
    await page.unroute("**/events");
    await Promise.all([page.waitForURL(ELSEWHERE), refused]);
});

test("a save that Redis has no room for keeps the text and can be tried again", async () => {
    const page = await deviceOf("ada");
    redis.run("config", "set", "maxmemory", "1");
    try {
        await saveNote(page, "not in vain");
        await page.getByRole("heading", { name: "Please try again" }).waitFor();
        assert.equal(await page.locator("pre").textContent(), "not in vain");
    } finally {
        redis.run("config", "set", "maxmemory", "0");
    }
    await press(page, "Try again");
    await said(page).waitFor();
    assert.equal(await page.getByLabel("Note", { exact: true }).inputValue(), "not in vain");
});

test("\"Try again\" gives no token to a form whose own was not checked", async () => {
    const cookie = await site.logIn("ada");
    for (const gets of [0, 1]) {
        const gate = await new Gate().open(redis, gets);
        const halfway = await new Site().start(gate);
        try {
            const answer = await halfway.post("/account/note", { csrf: "forged", note: "x" },
                { headers: { Cookie: cookie } });
            const form = answer.text.match(/<form[^>]*action="\/account\/note"[^]*?<\/form>/);
            assert.ok(answer.status === 403 || tokenOf(form[0]) === "forged");
        } finally {
            await halfway.stop();
            gate.close();
        }
    }
});

// ---- For the eye ----

test("times are those of the browser, and UTC without a script", async () => {
    const options = { timezoneId: "Asia/Tokyo", locale: "en-GB" };
    const scripted = await deviceOf("ada", options);
    const plain = await deviceOf("ada", { ...options, javaScriptEnabled: false });
    const time = scripted.locator("time").first();
    const expected = new Intl.DateTimeFormat("en-GB",
        { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" });
    assert.equal(await time.textContent(),
        expected.format(new Date(await time.getAttribute("datetime"))));
    assert.match(await plain.locator("time").first().textContent(), / UTC$/);
});

// Runs in the page: the texts that stand out from their ground too little (WCAG AA).
function faintTexts() {
    const parse = color => color.match(/[\d.]+/g).map(Number);
    const light = channels => channels.slice(0, 3)
        .map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = element => {
        const color = element ? parse(getComputedStyle(element).backgroundColor) : [255, 255, 255];
        return color[3] === 0 ? ground(element.parentElement) : color;
    };
    const contrast = element => {
        const [a, b] = [parse(getComputedStyle(element).color), ground(element)].map(light);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    return [...document.body.querySelectorAll("*")]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .filter(e => contrast(e) < 4.5)
        .map(e => `${e.textContent.trim()}: ${contrast(e).toFixed(2)}`);
}

async function looksRight(page, name) {
    const headers = {};
    for (const width of [1280, 390, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await screenshot(page, `${name}-${width}`);
        const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(overflow <= 0, `${name} at ${width}`);
        headers[width] = await page.locator("header").evaluate(header => header.offsetHeight);
    }
    assert.equal(headers[360], headers[1280], name); // one line
    assert.deepEqual(await page.evaluate(faintTexts), [], name);
}

for (const colorScheme of ["light", "dark"])
    test(`pages fit all screens and can be read, ${colorScheme}`, async () => {
        const visitor = await device({ colorScheme });
        for (const path of ["/", "/login", "/signed-out", "/nowhere"]) {
            await visitor.goto(site.url + path);
            await looksRight(visitor, colorScheme + path.replace("/", "-"));
        }
        const page = await deviceOf("ada", { colorScheme });
        await site.logIn("ada", FIREFOX);
        await saveNote(page, "a" + "very".repeat(100) + "long word");
        await said(page).waitFor();
        await looksRight(page, colorScheme + "-account");
        await page.goto(site.url + "/devices");
        await looksRight(page, colorScheme + "-devices");
        await forgetPassword(page);
        await press(page, "Log out Firefox on Windows");
        await press(page, "Log out the device"); // stopped by the browser: no password yet
        await page.getByLabel("Your password").fill("wrong");
        await press(page, "Log out the device");
        await page.getByRole("alert").waitFor();
        await looksRight(page, colorScheme + "-confirm");
    });
