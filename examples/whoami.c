/* whoami ID: prints whose session this is, and where else that user is logged in. */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line for each of the user's sessions. A handle may be shown: it opens nothing. */
static int print_sessions(session_store *store, const char *user, const char *own)
{
    session_list *list;
    int code = session_list_user(store, user, &list);
    if (code != SESSION_OK)
        return code;
    for (size_t i = 0; i < session_list_count(list); i++) {
        const char *handle = session_list_handle(list, i);
        printf("  %s  %s%s\n", handle, session_list_label(list, i),
               strcmp(handle, own) == 0 ? " (this session)" : "");
    }
    session_list_free(list);
    return SESSION_OK;
}

static int print_user(session_store *store, const char *id)
{
    session *s;
    int code = session_get(store, id, &s);
    if (code != SESSION_OK)
        return code;
    const char *user = session_user(s);
    printf("%s\n", user != NULL ? user : "nobody");
    if (user != NULL)
        code = print_sessions(store, user, session_handle(s));
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
