/*
 * The library's cookies, for a script.
 *
 *     cookies find OPTIONS HEADER            the code's name, and the id
 *     cookies give OPTIONS ID                a Set-Cookie header
 *     cookies forget OPTIONS HOST PATH       the deletions of all variants, a line each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hisession/cookie.h"

static int find(const session_cookie *cookie, const char *header)
{
    char id[SESSION_COOKIE_ID_SIZE];
    int rc = session_cookie_find(cookie, header, id, sizeof id);
    printf("%s %s\n", session_error_name(rc), id);
    return SESSION_OK;
}

static int give(const session_cookie *cookie, const char *id, char *header, size_t size)
{
    int rc = session_cookie_format(cookie, id, header, size);
    puts(header);
    return rc;
}

static int forget(const session_cookie *cookie, const char *host, const char *path,
                  char *header, size_t size)
{
    int rc = SESSION_OK;
    for (size_t i = 0; rc == SESSION_OK; i++) {
        rc = session_cookie_format_variant_deletion(cookie, host, path, i, header, size);
        if (rc == SESSION_OK)
            puts(header);
    }
    return rc == SESSION_NOT_FOUND ? SESSION_OK : rc;
}

static int run(const session_cookie *cookie, int count, char **words)
{
    size_t size = session_cookie_size(cookie);
    char *header = malloc(size);
    int rc = SESSION_INVALID;
    if (header == NULL)
        return SESSION_NO_MEMORY;
    if (count == 4 && strcmp(words[1], "find") == 0)
        rc = find(cookie, words[3]);
    else if (count == 4 && strcmp(words[1], "give") == 0)
        rc = give(cookie, words[3], header, size);
    else if (count == 5 && strcmp(words[1], "forget") == 0)
        rc = forget(cookie, words[3], words[4], header, size);
    free(header);
    return rc;
}

int main(int count, char **words)
{
    session_cookie *cookie = NULL;
    char reason[200] = "";
    int rc = count > 2 ? session_cookie_open(words[2], &cookie, reason, sizeof reason)
                       : SESSION_INVALID;
    if (rc == SESSION_OK)
        rc = run(cookie, count, words);
    if (rc != SESSION_OK)
        fprintf(stderr, "%s %s\n", session_error_name(rc), reason);
    session_cookie_close(cookie);
    return rc != SESSION_OK;
}
