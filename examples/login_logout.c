/* A login, a request, a new id, a logout; and what Redis holds at each step. */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show_redis.h"

static const char *url;

static void check(int code, const char *what)
{
    if (code == SESSION_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, session_error_text(code));
    exit(EXIT_FAILURE);
}

static void step(const char *title, const char *id)
{
    printf("\n%s\n", title);
    show_redis(url, id);
}

/* A visitor comes: a session with no user in it. */
static void visit(session_store *store, char *id)
{
    session *s;
    check(session_create(store, "{\"language\":\"en\"}", &s), "visit");
    memcpy(id, session_id(s), SESSION_ID_LENGTH + 1);
    session_free(s);
}

/* The password was right: the session gets its user, and a new id. */
static void log_in(session_store *store, char *id)
{
    session *s;
    check(session_get(store, id, &s), "log in");
    check(session_set_string(s, "user", "ada"), "log in");
    check(session_regenerate(s), "log in");
    memcpy(id, session_id(s), SESSION_ID_LENGTH + 1);
    session_free(s);
}

/* A request reads the session and changes it. */
static void request(session_store *store, const char *id)
{
    session *s;
    const char *user;
    int64_t pages = 0;
    check(session_get(store, id, &s), "request");
    check(session_get_string(s, "user", &user), "request");
    printf("\nA request by %s\n", user);
    if (session_has(s, "pages"))
        check(session_get_int(s, "pages", &pages), "request");
    check(session_set_int(s, "pages", pages + 1), "request");
    check(session_save(s), "request");
    session_free(s);
    show_redis(url, id);
}

static void expect_gone(session_store *store, const char *id, const char *which)
{
    session *s;
    int code = session_get(store, id, &s);
    printf("The %s id now: %s\n", which, session_error_name(code));
    if (code != SESSION_NOT_FOUND)
        exit(EXIT_FAILURE);
}

int main(void)
{
    session_store *store;
    char reason[200], visitor[SESSION_ID_LENGTH + 1], user[SESSION_ID_LENGTH + 1];
    url = getenv("REDIS_URL");
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    visit(store, visitor);
    step("A visitor's session", visitor);
    memcpy(user, visitor, sizeof user);
    log_in(store, user);
    step("Logged in, under a new id", user);
    step("The old id, for requests under way: it ends in seconds", visitor);
    request(store, user);
    check(session_destroy(store, user), "log out");
    step("Logged out", user);
    expect_gone(store, user, "user's");
    expect_gone(store, visitor, "visitor's");
    session_store_close(store);
    return EXIT_SUCCESS;
}
