"use strict";

// Leaves the page the moment the server says that its session is over. Without
// this script the next click finds out.
let source = null;

function leave() {
    document.body.hidden = true;
    location.replace("/signed-out?why=ended");
}

function listen() {
    source = new EventSource("/events");
    source.addEventListener("ended", leave);
    source.addEventListener("error", () => {
        // A server that went away is looked for again; a refusal is final.
        if (source.readyState === EventSource.CLOSED)
            leave();
    });
}

// What a form of this page ends is no news to it.
addEventListener("submit", () => source?.close());

// A page in the background does not keep a connection: browsers have few.
function follow() {
    source?.close();
    source = null;
    if (document.visibilityState === "visible")
        listen();
}

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => source?.close());
// A page that the browser kept may show what is over.
addEventListener("pageshow", event => event.persisted && location.reload());
follow();
