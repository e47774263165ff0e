/* whoami ID: prints whose session this is. */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>

static int print_user(session_store *store, const char *id)
{
    session *s;
    const char *user;
    int code = session_get(store, id, &s);
    if (code != SESSION_OK)
        return code;
    code = session_get_string(s, "user", &user);
    if (code == SESSION_OK)
        printf("%s\n", user);
    session_free(s);
    return code;
}

int main(int argc, char **argv)
{
    session_store *store;
    char reason[200];
    const char *url = getenv("REDIS_URL");
    if (argc != 2) {
        fprintf(stderr, "usage: whoami ID\n");
        return EXIT_FAILURE;
    }
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    int code = print_user(store, argv[1]);
    if (code != SESSION_OK)
        fprintf(stderr, "%s\n", session_error_text(code));
    session_store_close(store);
    return code == SESSION_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
