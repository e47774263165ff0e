/*
 * Prints what happens to the sessions of a Redis as it happens, until it is
 * interrupted. It begins with a login and a logout of its own; other programs tell
 * of theirs if they open their store with events=on.
 */
#include <hisession/events.h>
#include <hisession/session.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int code, const char *what)
{
    if (code == SESSION_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, session_error_text(code));
    exit(EXIT_FAILURE);
}

static void print(const session_events *events, int kind)
{
    const char *user = session_events_user(events);
    printf("%-12s %s", session_event_name(kind), session_events_handle(events));
    if (kind == SESSION_EVENT_REGENERATED)
        printf(" -> %s", session_events_next_handle(events));
    if (user[0] != '\0')
        printf(" (%s)", user);
    putchar('\n');
    fflush(stdout);
}

/* Prints the events that have come. */
static void print_waiting(session_events *events)
{
    int kind, code;
    while ((code = session_events_next(events, &kind)) == SESSION_OK)
        print(events, kind);
    /* A server that is away is no error here; a wrong password is, for a person. */
    if (code != SESSION_NOT_FOUND)
        fprintf(stderr, "still not listening: %s\n", session_error_text(code));
}

/* Something to see: a visitor logs in, and is logged out everywhere. */
static void log_in_and_out(session_store *store)
{
    session *s;
    check(session_create(store, NULL, &s), "visit");
    check(session_set_user(s, "ada"), "log in");
    check(session_regenerate(s), "log in");
    check(session_destroy_user(store, "ada", NULL, NULL), "log out everywhere");
    session_free(s);
}

int main(void)
{
    session_options *options;
    session_store *store;
    session_events *events;
    const char *url = getenv("REDIS_URL");
    check(session_options_new(&options), "options");
    check(session_options_set(options, "events", "on"), "options");
    check(session_store_open(url != NULL ? url : "redis://127.0.0.1:6379", options,
                             &store, NULL, 0),
          "open");
    session_options_free(options);
    check(session_events_open(store, &events), "listen");

    log_in_and_out(store);
    struct pollfd ready = {session_events_fd(events), POLLIN, 0};
    while (poll(&ready, 1, -1) > 0)
        print_waiting(events);

    session_events_close(events);
    session_store_close(store);
    return EXIT_SUCCESS;
}
