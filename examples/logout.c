/* logout ID: ends the session. Only OK means that it is gone. */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    session_store *store;
    char reason[200];
    const char *url = getenv("REDIS_URL");
    if (argc != 2) {
        fprintf(stderr, "usage: logout ID\n");
        return EXIT_FAILURE;
    }
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    int code = session_destroy(store, argv[1]);
    if (code == SESSION_OK)
        printf("logged out\n");
    else
        fprintf(stderr, "not logged out: %s\n", session_error_text(code));
    session_store_close(store);
    return code == SESSION_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
