#include <stddef.h>
#include <string.h>

#include "hisession/session.h"

/* In the order of the header. Each text says what happened, and what to do. */
static const struct {
    int code;
    const char *name;
    const char *text;
} errors[] = {
    {SESSION_OK, "OK", "Done."},
    {SESSION_INVALID, "INVALID",
     "An argument is missing, malformed or out of range; nothing was changed: correct "
     "it."},
    {SESSION_BAD_ID, "BAD_ID",
     "This is not a session id; treat the visitor as one who has none."},
    {SESSION_TOO_BIG, "TOO_BIG",
     "The stored session would be, or is, over max_size; keep less in it, or raise "
     "max_size."},
    {SESSION_TYPE, "TYPE",
     "The field holds another type, or a number that does not fit; read it as what it "
     "is, or as JSON."},
    {SESSION_BUFFER, "BUFFER",
     "The caller's buffer is too small; call again with a larger one."},
    {SESSION_NOT_FOUND, "NOT_FOUND",
     "There is no such session, or it ended; start a new one."},
    {SESSION_NO_FIELD, "NO_FIELD",
     "The session has no such field; go on as for a field that was never set."},
    {SESSION_CONFLICT, "CONFLICT",
     "Someone else saved the session meanwhile, and nothing was written; reload it and "
     "make the change again."},
    {SESSION_LIMIT, "LIMIT",
     "The limit on the number of sessions is reached; end one of them first."},
    {SESSION_MOVED, "MOVED",
     "The session goes on under a new id, which another answer carries; do nothing, or "
     "ask again with the new cookie."},
    {SESSION_AMBIGUOUS, "AMBIGUOUS",
     "The request holds two different cookies of this name; have the browser delete "
     "them, and let the visitor log in again."},
    {SESSION_UNAVAILABLE, "UNAVAILABLE",
     "Redis could not be reached, or refused for now; nothing was changed: try again "
     "later."},
    {SESSION_UNKNOWN, "UNKNOWN",
     "Redis was asked, but its answer was lost, so that the change may be made or not; "
     "make the same call again."},
    {SESSION_FULL, "FULL",
     "Redis is out of memory; nothing was changed: give it more, or let it evict."},
    {SESSION_DEGRADED, "DEGRADED",
     "Redis takes no writes for now; nothing was changed: try again later, and look at "
     "its replication and its disk."},
    {SESSION_CONFIG, "CONFIG",
     "The URL, the options or the server are not set up right; nothing was changed: "
     "correct what the log or the error buffer names."},
    {SESSION_AUTH, "AUTH",
     "Redis refused the user, the password or a right that the user lacks; nothing was "
     "changed: correct the URL or the user's rights."},
    {SESSION_TLS, "TLS",
     "The TLS connection could not be trusted; nothing was sent: check the certificates "
     "and the name."},
    {SESSION_CORRUPT, "CORRUPT",
     "What Redis holds is not a valid session; end it, and find out who wrote it."},
    {SESSION_PROTOCOL, "PROTOCOL",
     "The answer makes no sense, and a write may be applied; check that what listens "
     "there is Redis."},
    {SESSION_NO_MEMORY, "NO_MEMORY", "Memory ran out; call again when there is some."},
    {SESSION_CRYPTO, "CRYPTO",
     "There are no secure random numbers, so that nothing was created; see to the "
     "system's random source."},
    {SESSION_SYSTEM, "SYSTEM",
     "The system refused a socket or a thread; raise the limits of this process."},
};

enum { ERROR_COUNT = sizeof errors / sizeof errors[0], NO_CODE = 1 };

/* The row of a code; ERROR_COUNT if there is none. */
static size_t find(int code)
{
    size_t i = 0;
    while (i < ERROR_COUNT && errors[i].code != code)
        i++;
    return i;
}

const char *session_error_name(int code)
{
    size_t i = find(code);
    return i < ERROR_COUNT ? errors[i].name : "UNRECOGNIZED";
}

const char *session_error_text(int code)
{
    size_t i = find(code);
    return i < ERROR_COUNT ? errors[i].text
                           : "This version does not know the code; go by its category.";
}

int session_error_category(int code)
{
    return code < 0 ? -(code / 100) : SESSION_CATEGORY_NONE;
}

int session_error_code(const char *name)
{
    for (size_t i = 0; name != NULL && i < ERROR_COUNT; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].code;
    return NO_CODE;
}

int session_error_next(int code)
{
    size_t next = find(code) + 1;
    return next < ERROR_COUNT ? errors[next].code : 0;
}

const char *session_version(void)
{
    return HISESSION_VERSION;
}

int session_version_number(void)
{
    return SESSION_VERSION_NUMBER;
}
