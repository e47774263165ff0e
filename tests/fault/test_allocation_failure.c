/*
 * Every allocation of every verb fails once, ours and those of hiredis and
 * cJSON: the call says so, leaks nothing, and the next one works.
 */
#include <cjson/cJSON.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "hisession/cookie.h"
#include "hisession/events.h"

static session_store *shared; /* with compat=express */
static session_store *telling;

/* ---- Allocation, by the linker's --wrap ---- */

static long fail_at; /* the allocation to fail; 0 for none */
static long allocations;
static bool from_then_on;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static bool fails(void)
{
    if (fail_at == 0)
        return false;
    allocations++;
    return allocations == fail_at || (from_then_on && allocations > fail_at);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

static char *wrapped_strdup(const char *text)
{
    char *copy = __wrap_malloc(strlen(text) + 1);
    return copy != NULL ? strcpy(copy, text) : NULL;
}

static void wrap_allocators(void)
{
    cJSON_Hooks hooks = {__wrap_malloc, free};
    hiredisAllocFuncs functions = {__wrap_malloc, __wrap_calloc, __wrap_realloc,
                                   wrapped_strdup, free};
    cJSON_InitHooks(&hooks);
    hiredisSetAllocators(&functions);
}

static void open_stores(void)
{
    shared = open_store(redis.url, stores_are_sealed() ? "deadline=10s"
                                                       : "compat=express&deadline=10s");
    telling = open_store(redis.url, "events=on&deadline=10s");
}

static void close_stores(void)
{
    session_store_close(telling);
    session_store_close(shared);
}

/* ---- Scenarios: each a whole use, ending at its first failure ---- */

static int use_options(void)
{
    session_options *options = NULL;
    session_store *opened = NULL;
    int rc = session_options_new(&options);
    if (rc == SESSION_OK)
        rc = session_options_set(options, "ttl", "1h");
    if (rc == SESSION_OK)
        rc = session_options_set(options, "protection", "sealed");
    if (rc == SESSION_OK)
        rc = session_options_set(options, "key", TEST_KEY);
    if (rc == SESSION_OK)
        rc = session_store_open(redis.url, options, &opened, NULL, 0);
    session_store_close(opened);
    session_options_free(options);
    return rc;
}

static int use_fresh_connection(void)
{
    session_store *fresh = NULL;
    session *s = NULL;
    int rc = session_store_open(redis.url, NULL, &fresh, NULL, 0);
    if (rc == SESSION_OK)
        rc = session_create(fresh, "{\"a\":1}", &s);
    session_free(s);
    session_store_close(fresh);
    return rc;
}

static int set_fields(session *s)
{
    const char *text;
    double real;
    int rc = session_set_string(s, "s", "a \"longer\" string");
    if (rc == SESSION_OK)
        rc = session_set_int(s, "i", 1);
    if (rc == SESSION_OK)
        rc = session_set_double(s, "d", 0.1);
    if (rc == SESSION_OK)
        rc = session_set_bool(s, "b", 1);
    if (rc == SESSION_OK)
        rc = session_set_json(s, "j", "{\"x\":[1,2]}");
    if (rc == SESSION_OK)
        rc = session_get_string(s, "s", &text);
    if (rc == SESSION_OK)
        rc = session_get_double(s, "d", &real);
    if (rc == SESSION_OK)
        rc = session_get_json(s, "j", &text);
    if (rc == SESSION_OK && session_json(s) == NULL)
        rc = SESSION_NO_MEMORY;
    if (rc == SESSION_OK)
        rc = session_remove(s, "b");
    return rc;
}

static char id[SESSION_ID_LENGTH + 1];

static int use_fields_and_save(void)
{
    session *s = NULL;
    int rc = session_get(store, id, &s);
    if (rc == SESSION_OK)
        rc = set_fields(s);
    if (rc == SESSION_OK)
        rc = session_save(s);
    session_free(s);
    return rc;
}

static int use_merge(void)
{
    session *s = NULL, *other = NULL;
    int rc = session_get(store, id, &s);
    if (rc == SESSION_OK)
        rc = session_peek(store, id, &other);
    if (rc == SESSION_OK)
        rc = session_set_int(other, "theirs", 1);
    if (rc == SESSION_OK)
        rc = session_save(other);
    if (rc == SESSION_OK)
        rc = session_set_string(s, "ours", "x");
    if (rc == SESSION_OK)
        rc = session_save(s);
    session_free(s);
    session_free(other);
    return rc;
}

static int use_regenerate(void)
{
    session *s = NULL;
    int rc = session_create(store, "{\"a\":1}", &s);
    if (rc == SESSION_OK)
        rc = session_set_int(s, "b", 2);
    if (rc == SESSION_OK)
        rc = session_regenerate(s);
    if (rc == SESSION_OK)
        rc = session_reload(s);
    if (rc == SESSION_OK)
        rc = session_touch(store, session_id(s));
    if (rc == SESSION_OK)
        rc = session_destroy(store, session_id(s));
    session_free(s);
    return rc;
}

static int use_shared_session(void)
{
    static const char aged[] = "{\"cookie\":{\"expires\":\"2001-01-01T00:00:00.000Z\"}}";
    session *s = NULL, *theirs = NULL;
    int rc = session_create(store, aged, &theirs);
    if (rc == SESSION_OK)
        rc = session_get(shared, session_id(theirs), &s);
    if (rc == SESSION_OK)
        rc = session_set_int(s, "a", 1);
    if (rc == SESSION_OK)
        rc = session_save(s);
    if (rc == SESSION_OK)
        rc = session_remove(s, "cookie");
    if (rc == SESSION_OK)
        rc = session_regenerate(s);
    if (rc == SESSION_OK)
        rc = session_destroy(shared, session_id(s));
    session_free(s);
    session_free(theirs);
    return rc;
}

static int use_events(void)
{
    session_events *events = NULL;
    session *s = NULL;
    int kind;
    int rc = session_events_open(telling, &events);
    if (rc == SESSION_OK)
        rc = session_create(telling, NULL, &s);
    if (rc == SESSION_OK) {
        struct pollfd ready = {session_events_fd(events), POLLIN, 0};
        poll(&ready, 1, 100);
        rc = session_events_next(events, &kind);
    }
    session_free(s);
    session_events_close(events);
    /* A message that there was no memory for changes no result. */
    return rc == SESSION_NOT_FOUND ? SESSION_OK : rc;
}

static int use_cookie_and_token(void)
{
    session_cookie *cookie = NULL;
    session *s = NULL;
    char text[SESSION_CSRF_LENGTH + 1], header[512], found[SESSION_COOKIE_ID_SIZE];
    int rc = session_cookie_open("secret=hunter2", &cookie, NULL, 0);
    if (rc == SESSION_OK)
        rc = session_get(store, id, &s);
    if (rc == SESSION_OK)
        rc = session_cookie_format(cookie, id, header, sizeof header);
    if (rc == SESSION_OK)
        rc = session_cookie_find(cookie, strtok(header, ";"), found, sizeof found);
    if (rc == SESSION_OK)
        rc = session_csrf_token(s, text, sizeof text);
    if (rc == SESSION_OK)
        rc = session_csrf_check(s, text);
    session_free(s);
    session_cookie_close(cookie);
    return rc;
}

static int use_users(void)
{
    static int turn;
    char user[16]; /* a new one each time: a list keeps what a failed login reserved */
    session *s = NULL;
    session_list *list = NULL;
    snprintf(user, sizeof user, "user%d", turn++);
    int rc = session_new(store, &s);
    if (rc == SESSION_OK)
        rc = session_set_user(s, user);
    if (rc == SESSION_OK)
        rc = session_set_device(s, "a phone", "192.0.2.7");
    if (rc == SESSION_OK)
        rc = session_save(s);
    if (rc == SESSION_OK)
        rc = session_reload(s);
    if (rc == SESSION_OK && session_user(s) == NULL)
        rc = SESSION_NO_MEMORY;
    if (rc == SESSION_OK)
        rc = session_regenerate(s);
    if (rc == SESSION_OK)
        rc = session_list_user(store, user, &list);
    if (rc == SESSION_OK)
        rc = session_destroy_handle(store, user, session_list_handle(list, 0));
    if (rc == SESSION_OK)
        rc = session_destroy_user(store, user, NULL, NULL);
    session_list_free(list);
    session_free(s);
    return rc;
}

static void fail_each(int (*use)(void))
{
    session *probe = NULL;
    expect_ok(use());
    for (int persistent = 0; persistent < 2; persistent++) {
        bool untouched = false;
        for (long k = 1; !untouched; k++) {
            from_then_on = persistent == 1;
            allocations = 0;
            fail_at = k;
            int rc = use();
            untouched = allocations < k;
            fail_at = 0;
            /* Some replies are lost with their memory: then a write is in doubt. */
            if (!untouched && rc != SESSION_OK && rc != SESSION_UNKNOWN)
                expect_code(rc, SESSION_NO_MEMORY);
            expect_ok(session_get(store, id, &probe));
            session_free(probe);
            assert_true(k < 2000);
        }
    }
}

static void test_verbs__survive_every_failing_allocation(void **state)
{
    (void)state;
    static int (*const uses[])(void) = {
        use_options, use_fresh_connection, use_fields_and_save,
        use_merge,   use_regenerate,       use_shared_session,
        use_events,  use_cookie_and_token, use_users};
    char *created = create_id(store, "{\"user\":\"ada\"}");
    strcpy(id, created);
    free(created);
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        fail_each(uses[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verbs__survive_every_failing_allocation),
    };
    wrap_allocators();
    return RUN_TESTS(tests, .options = "touch_interval=0ms&deadline=10s",
                     .before = open_stores, .after = close_stores);
}
