"use strict";

// Shows times in the zone and the manner of this browser. The page has UTC.
const local = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time")) {
    time.title = time.textContent;
    time.textContent = local.format(new Date(time.dateTime));
}

// A second click must not send a form again. The buttons come back if the browser
// stays here: it may show this page again as it was, or give up the request.
function enable(forms, enabled) {
    for (const form of forms)
        for (const button of form.querySelectorAll("button"))
            button.disabled = !enabled;
}

addEventListener("submit", event => {
    enable([event.target], false);
    setTimeout(enable, 10000, [event.target], true);
});
addEventListener("pageshow", () => enable(document.forms, true));
