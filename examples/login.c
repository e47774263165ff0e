/* login USER: logs a user in and prints the id of the session, a cookie's value. */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>

static int log_in(session_store *store, const char *user)
{
    session *s;
    int code = session_new(store, &s);
    if (code != SESSION_OK)
        return code;
    code = session_set_user(s, user);
    if (code == SESSION_OK)
        code = session_set_device(s, "A terminal", NULL);
    if (code == SESSION_OK)
        code = session_regenerate(s);
    if (code == SESSION_OK)
        printf("%s\n", session_id(s));
    session_free(s);
    return code;
}

int main(int argc, char **argv)
{
    session_store *store;
    char reason[200];
    const char *url = getenv("REDIS_URL");
    if (argc != 2) {
        fprintf(stderr, "usage: login USER\n");
        return EXIT_FAILURE;
    }
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    int code = log_in(store, argv[1]);
    if (code != SESSION_OK)
        fprintf(stderr, "not logged in: %s\n", session_error_text(code));
    session_store_close(store);
    return code == SESSION_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
