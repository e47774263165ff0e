#include <stddef.h>
#include <string.h>

#include "hisession/session.h"

static const struct {
    int code;
    const char *name;
    const char *text;
} errors[] = {
    {SESSION_OK, "OK", "Done."},
    {SESSION_INVALID, "INVALID", "An argument is missing, malformed or out of range."},
    {SESSION_BAD_ID, "BAD_ID", "This is not a session id."},
    {SESSION_TOO_BIG, "TOO_BIG", "The stored session is over max_size."},
    {SESSION_TYPE, "TYPE", "The field holds a value of another type."},
    {SESSION_BUFFER, "BUFFER", "The caller's buffer is too small."},
    {SESSION_NOT_FOUND, "NOT_FOUND", "There is no such session, or it ended."},
    {SESSION_NO_FIELD, "NO_FIELD", "The session has no such field."},
    {SESSION_CONFLICT, "CONFLICT", "The session was saved by someone else meanwhile."},
    {SESSION_LIMIT, "LIMIT", "The limit on the number of sessions is reached."},
    {SESSION_AMBIGUOUS, "AMBIGUOUS", "Two cookies of one name differ."},
    {SESSION_UNAVAILABLE, "UNAVAILABLE", "Redis cannot serve this now; not applied."},
    {SESSION_UNKNOWN, "UNKNOWN", "Redis did not answer; it may have been applied."},
    {SESSION_FULL, "FULL", "Redis is out of memory; not applied."},
    {SESSION_DEGRADED, "DEGRADED", "Redis refuses writes for now; not applied."},
    {SESSION_CONFIG, "CONFIG", "The URL or the options are wrong."},
    {SESSION_AUTH, "AUTH", "Redis refused the user, the password or the command."},
    {SESSION_TLS, "TLS", "The TLS connection could not be trusted."},
    {SESSION_CORRUPT, "CORRUPT", "What Redis holds is not a valid session."},
    {SESSION_PROTOCOL, "PROTOCOL", "The server's answer makes no sense."},
    {SESSION_NO_MEMORY, "NO_MEMORY", "Memory ran out."},
    {SESSION_CRYPTO, "CRYPTO", "There are no secure random numbers."},
    {SESSION_SYSTEM, "SYSTEM", "The system refused a socket or a thread."},
};

enum { ERROR_COUNT = sizeof errors / sizeof errors[0], NO_CODE = 1 };

const char *session_error_name(int code)
{
    for (size_t i = 0; i < ERROR_COUNT; i++)
        if (errors[i].code == code)
            return errors[i].name;
    return "UNRECOGNIZED";
}

const char *session_error_text(int code)
{
    for (size_t i = 0; i < ERROR_COUNT; i++)
        if (errors[i].code == code)
            return errors[i].text;
    return "An error that this version does not know.";
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

const char *session_version(void)
{
    return HISESSION_VERSION;
}
