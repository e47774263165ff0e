/* A cookie's options, a line end, and a request's header: what is found comes back. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[64], id[SESSION_COOKIE_ID_SIZE];
    session_cookie *cookie = NULL;
    char *options = malloc(size + 1);
    memcpy(options, data, size);
    options[size] = '\0';
    char *end = options + strcspn(options, "\n");
    const char *header = *end == '\n' ? end + 1 : NULL;
    *end = '\0';
    if (session_cookie_open(options, &cookie, reason, sizeof reason) == SESSION_OK) {
        if (session_cookie_find(cookie, header, id, sizeof id) == SESSION_OK)
            check_round_trip(cookie, id);
        check_round_trip(cookie, "0123456789abcdef");
    }
    session_cookie_close(cookie);
    free(options);
    return 0;
}
