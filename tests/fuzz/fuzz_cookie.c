/*
 * A cookie's options, and a request's Cookie header, host and path, each on a line:
 * what is found comes back, and no deletion holds more attributes than there are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hisession/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const session_cookie *cookie, const char *id)
{
    char again[SESSION_COOKIE_ID_SIZE];
    size_t room = session_cookie_size(cookie);
    char *header = malloc(room);
    if (session_cookie_format(cookie, id, header, room) != SESSION_OK)
        abort();
    header[strcspn(header, ";")] = '\0';
    if (session_cookie_find(cookie, header, again, sizeof again) != SESSION_OK ||
        strcmp(again, id) != 0)
        abort();
    free(header);
}

static void check_deletion(const char *text)
{
    size_t semicolons = 0;
    for (; *text != '\0'; text++) {
        semicolons += *text == ';';
        if (*text < ' ' || *text > '~')
            abort();
    }
    if (semicolons > 7)
        abort();
}

static void check_deletions(const session_cookie *cookie, const char *host,
                            const char *path)
{
    size_t room = session_cookie_size(cookie), index = 0;
    char *header = malloc(room);
    int rc;
    while ((rc = session_cookie_format_variant_deletion(cookie, host, path, index, header,
                                                        room)) == SESSION_OK) {
        check_deletion(header);
        index++;
    }
    if (header[0] != '\0' || index > 64 ||
        rc != (index > 0 ? SESSION_NOT_FOUND : SESSION_INVALID))
        abort();
    free(header);
}

static void check_cookie(const session_cookie *cookie, const char *header)
{
    char id[SESSION_COOKIE_ID_SIZE];
    if (session_cookie_find(cookie, header, id, sizeof id) == SESSION_OK)
        check_round_trip(cookie, id);
    else if (id[0] != '\0')
        abort();
    check_round_trip(cookie, "0123456789abcdef");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[64];
    session_cookie *cookie = NULL;
    char *input = malloc(size + 1), *rest = input;
    memcpy(input, data, size);
    input[size] = '\0';
    const char *options = strsep(&rest, "\n"), *header = strsep(&rest, "\n");
    const char *host = strsep(&rest, "\n"), *path = strsep(&rest, "\n");
    if (session_cookie_open(options, &cookie, reason, sizeof reason) == SESSION_OK) {
        check_cookie(cookie, header);
        check_deletions(cookie, host, path);
    }
    session_cookie_close(cookie);
    free(input);
    return 0;
}
