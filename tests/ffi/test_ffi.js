// test_ffi.js FFI_HEADER LIBRARY URL
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const koffi = require("koffi");

// koffi takes one prototype at a time, wants to be told which pointers are written
// through, and knows callbacks by names that were declared before.
function load(header, library) {
    const lib = koffi.load(library);
    const api = {};
    koffi.proto("void log_callback(int level, const char *text, void *user)");
    for (const line of fs.readFileSync(header, "utf8").trim().split("\n")) {
        const opaque = /^typedef struct (\w+) \1;$/.exec(line);
        if (opaque) {
            koffi.opaque(opaque[1]);
        } else if (line.startsWith("enum")) {
            for (const [, name, value] of line.matchAll(/(\w+) = (-?\w+)/g))
                api[name] = Number(value);
        } else {
            const name = /(\w+)\(/.exec(line)[1];
            api[name] = lib.func(line
                .replace(/void \(\*log\)\([^)]*\)/, "log_callback *log")
                .replace(/(const )?\w+ \*\*out\b/, "_Out_ $&")
                .replace(/char \*errbuf/, "_Out_ $&"));
        }
    }
    return api;
}

const [header, library, url] = process.argv.slice(2);
const api = load(header, library);

function check(code) {
    assert.equal(api.session_error_name(code), "OK");
}

assert.match(api.session_version(), /^\d+\.\d+\.\d+$/);
assert.equal(api.session_error_name(-201), "NOT_FOUND");
assert.equal(api.SESSION_NOT_FOUND, -201);

const store = [null];
const reason = ["\0".repeat(200)];
assert.equal(api.session_store_open("gopher://", null, store, reason, 200), api.SESSION_CONFIG);
assert.match(reason[0], /redis:\/\//);

check(api.session_store_open(url, null, store, reason, 200));
const session = [null];
check(api.session_create(store[0], '{"user":"ada"}', session));
check(api.session_set_int(session[0], "big", 9007199254740993n));
check(api.session_save(session[0]));
const id = api.session_id(session[0]);
api.session_free(session[0]);

check(api.session_get(store[0], id, session));
assert.equal(api.session_json(session[0]), '{"user":"ada","big":9007199254740993}');
assert(api.session_expires_at(session[0]) > api.session_created_at(session[0]));
api.session_free(session[0]);

check(api.session_destroy(store[0], id));
assert.equal(api.session_get(store[0], id, session), api.SESSION_NOT_FOUND);
api.session_store_close(store[0]);
