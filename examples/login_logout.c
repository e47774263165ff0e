/*
 * A visitor logs in, uses the site, logs in on a second device, and logs out
 * everywhere; and what Redis holds at each step.
 */
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

/* A visitor comes: a session that is nobody's. */
static void visit(session_store *store, char *id)
{
    session *s;
    check(session_create(store, "{\"language\":\"en\"}", &s), "visit");
    memcpy(id, session_id(s), SESSION_ID_LENGTH + 1);
    session_free(s);
}

/* The password was right: the session gets its user, and a new id. */
static void log_in(session_store *store, const char *device, char *id)
{
    session *s;
    check(session_get(store, id, &s), "log in");
    check(session_set_user(s, "ada"), "log in");
    check(session_set_device(s, device, "203.0.113.7"), "log in");
    check(session_regenerate(s), "log in");
    memcpy(id, session_id(s), SESSION_ID_LENGTH + 1);
    session_free(s);
}

/* A request reads the session and changes it. */
static void request(session_store *store, const char *id)
{
    session *s;
    int64_t pages = 0;
    check(session_get(store, id, &s), "request");
    const char *user = session_user(s);
    printf("\nA request by %s\n", user != NULL ? user : "nobody");
    if (session_has(s, "pages"))
        check(session_get_int(s, "pages", &pages), "request");
    check(session_set_int(s, "pages", pages + 1), "request");
    check(session_save(s), "request");
    session_free(s);
    show_redis(url, id);
}

static void list_devices(session_store *store)
{
    session_list *list;
    check(session_list_user(store, "ada", &list), "list");
    printf("\nada's devices\n");
    for (size_t i = 0; i < session_list_count(list); i++)
        printf("  %s  %s\n", session_list_handle(list, i), session_list_label(list, i));
    session_list_free(list);
}

static void log_out_everywhere(session_store *store)
{
    int64_t ended;
    check(session_destroy_user(store, "ada", NULL, &ended), "log out everywhere");
    printf("\nLogged out everywhere, sessions ended: %lld\n", (long long)ended);
}

static void expect_gone(session_store *store, const char *id, const char *which)
{
    session *s;
    int code = session_get(store, id, &s);
    printf("  the id %s: %s\n", which, session_error_name(code));
    if (code != SESSION_NOT_FOUND)
        exit(EXIT_FAILURE);
}

int main(void)
{
    enum { SIZE = SESSION_ID_LENGTH + 1 };
    session_store *store;
    char reason[200], visitor[SIZE], laptop[SIZE], phone[SIZE];
    url = getenv("REDIS_URL");
    if (url == NULL)
        url = "redis://127.0.0.1:6379";
    if (session_store_open(url, NULL, &store, reason, sizeof reason) != SESSION_OK) {
        fprintf(stderr, "%s\n", reason);
        return EXIT_FAILURE;
    }
    visit(store, visitor);
    step("A visitor's session", visitor);
    memcpy(laptop, visitor, sizeof laptop);
    log_in(store, "Firefox on a laptop", laptop);
    step("Logged in, under a new id", laptop);
    step("The old id, for requests under way: it ends in seconds", visitor);
    request(store, laptop);
    visit(store, phone);
    log_in(store, "Safari on a phone", phone);
    list_devices(store);
    log_out_everywhere(store);
    expect_gone(store, laptop, "on the laptop");
    expect_gone(store, phone, "on the phone");
    expect_gone(store, visitor, "from before the login");
    session_store_close(store);
    return EXIT_SUCCESS;
}
