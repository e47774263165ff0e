#include "record/express.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "hisession/session.h"

/* ---- Names ---- */

/* Members of its session object and of every object: it drops such fields. */
static const char *const reserved[] = {
    "cookie",
    "req",
    "id",
    "touch",
    "resetMaxAge",
    "save",
    "reload",
    "destroy",
    "regenerate",
    "constructor",
    "toString",
    "toLocaleString",
    "valueOf",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
};

enum { RESERVED_COUNT = sizeof reserved / sizeof reserved[0] };

bool hs_express_reserves(const char *name)
{
    for (size_t i = 0; i < RESERVED_COUNT; i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

bool hs_express_reserves_any(const hs_fields *fields)
{
    for (size_t i = 0; i < RESERVED_COUNT; i++)
        if (hs_fields_find(fields, reserved[i]) != NULL)
            return true;
    return false;
}

/* ---- The cookie ---- */

/* As JavaScript prints a date; such texts sort as their times do. */
enum { TIME_LENGTH = sizeof "YYYY-MM-DDTHH:MM:SS.mmmZ" - 1 };

static void print_time(int64_t ms, char out[TIME_LENGTH + 1])
{
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    gmtime_r(&seconds, &parts);
    size_t length = strftime(out, TIME_LENGTH + 1, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out + length, TIME_LENGTH + 1 - length, ".%03dZ", (int)(ms % 1000));
}

/*
 * A cookie as express makes it for a maxAge. From originalMaxAge it takes how
 * long its own touches keep the session, so that this is our idle timeout.
 */
static char *new_cookie(int64_t ttl, int64_t life, int64_t now)
{
    char text[160], expires[TIME_LENGTH + 1];
    print_time(now + life, expires);
    int length = snprintf(text, sizeof text,
                          "{\"originalMaxAge\":%" PRId64 ",\"expires\":\"%s\","
                          "\"httpOnly\":true,\"path\":\"/\"}",
                          ttl, expires);
    return hs_memory_copy_text(text, (size_t)length);
}

static int on_cookie_member(void *user, hs_slice name, hs_slice value)
{
    if (hs_json_name_is(name, "expires"))
        *(hs_slice *)user = value;
    return SESSION_OK;
}

/* Finds the time in `expires`, between its quotes; empty if it holds no such text. */
static int find_expires(hs_slice cookie, hs_slice *out)
{
    hs_slice value = {0};
    int rc = hs_json_scan_object(cookie, on_cookie_member, &value);
    *out = (hs_slice){0};
    if (rc == SESSION_OK && value.length == TIME_LENGTH + 2 && value.start[0] == '"')
        *out = (hs_slice){value.start + 1, TIME_LENGTH};
    return rc;
}

static int supply(hs_fields *fields, char *cookie)
{
    int rc =
        cookie != NULL ? hs_fields_supply(fields, "cookie", cookie) : SESSION_NO_MEMORY;
    if (rc != SESSION_OK)
        hs_memory_free_text(cookie);
    return rc;
}

int hs_express_mend_cookie(hs_fields *fields, int64_t ttl, int64_t life, int64_t now)
{
    char text[TIME_LENGTH + 1];
    hs_slice expires;
    const hs_field *field = hs_fields_find(fields, "cookie");
    if (field == NULL || field->value.start[0] != '{')
        return supply(fields, new_cookie(ttl, life, now));

    hs_slice cookie = field->value;
    int rc = find_expires(cookie, &expires);
    print_time(now, text);
    if (rc != SESSION_OK || expires.length == 0 ||
        memcmp(expires.start, text, TIME_LENGTH) >= 0)
        return rc;
    /* An application that saves before its response ends takes the key's life from this
     * time: one that has passed would destroy the session. */
    char *moved = hs_memory_copy_text(cookie.start, cookie.length);
    print_time(now + life, text);
    if (moved != NULL)
        memcpy(moved + (expires.start - cookie.start), text, TIME_LENGTH);
    return supply(fields, moved);
}
