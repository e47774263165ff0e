/*
 * logout ID [everywhere]: ends the session, or all sessions of its user. Only OK, and
 * NOT_FOUND of session_destroy(), mean that they are gone.
 */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int log_out(session_store *store, const char *id)
{
    int code = session_destroy(store, id);
    if (code == SESSION_OK)
        printf("logged out\n");
    if (code == SESSION_NOT_FOUND)
        printf("not logged in any more\n");
    return code == SESSION_NOT_FOUND ? SESSION_OK : code;
}

static int log_out_everywhere(session_store *store, const char *id)
{
    session *s;
    int64_t ended = 0;
    int code = session_get(store, id, &s);
    if (code != SESSION_OK)
        return code;
    const char *user = session_user(s);
    if (user != NULL)
        code = session_destroy_user(store, user, NULL, &ended);
    else
        code = log_out(store, id);
    if (code == SESSION_OK && user != NULL)
        printf("%s is logged out everywhere, sessions ended: %lld\n", user,
               (long long)ended);
    session_free(s);
    return code;
}

int main(int argc, char **argv)
{
    session_store *store;
    char reason[200];
    const char *url = getenv("REDIS_URL");
    int everywhere = argc == 3 && strcmp(argv[2], "everywhere") == 0;
    if (argc != 2 && !everywhere) {
        fprintf(stderr, "usage: logout ID [everywhere]\n");
        return EXIT_FAILURE;
    }
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    int code = everywhere ? log_out_everywhere(store, argv[1]) : log_out(store, argv[1]);
    if (code != SESSION_OK)
        fprintf(stderr, "not logged out: %s\n", session_error_text(code));
    session_store_close(store);
    return code == SESSION_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
