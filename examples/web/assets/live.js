"use strict";

// Leaves the page as soon as the server says that its session is over. Without
// this script the next click finds out.
let source = null;
let timer = null;

function leave() {
    document.body.hidden = true;
    location.replace("/signed-out?why=ended");
}

function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
}

// The browser gave up, and does not tell why. Only a 401 means that the session is
// over. All else passes, and the page stays, with what was typed.
async function askWhy() {
    const answer = await fetch("/events", { method: "HEAD" }).catch(() => null);
    if (answer?.status === 401)
        leave();
    else
        timer = setTimeout(follow, 3000 + Math.random() * 2000);
}

// A page in the background does not keep a connection: browsers have few.
function follow() {
    stop();
    if (document.visibilityState !== "visible")
        return;
    const opened = source = new EventSource("/events");
    source.addEventListener("ended", leave);
    // Pages of this session that were opened later are told of its end.
    source.addEventListener("replaced", stop);
    source.addEventListener("error", () => {
        if (opened === source && source.readyState === EventSource.CLOSED)
            askWhy();
    });
}

// A form of this page may end its session, and then its answer tells.
addEventListener("submit", stop);
addEventListener("pagehide", stop);
document.addEventListener("visibilitychange", follow);
// A page that the browser kept may show a session that is over.
addEventListener("pageshow", event => event.persisted && location.reload());
follow();
