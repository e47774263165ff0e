/* What was freed, or is of another type: a call refuses it, a second free aborts. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "hisession/cookie.h"
#include "hisession/events.h"
#include "server.h"

/* Sanitizers keep freed memory apart, and report a read of it by themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

static server redis;
static session_store *store;

static int set_up(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    store = open_store(redis.url, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_store_close(store);
    server_stop(&redis);
    return 0;
}

/* ---- One object of each type ---- */

typedef void free_function(void *);

static void *new_options(void)
{
    session_options *options = NULL;
    expect_ok(session_options_new(&options));
    return options;
}

static void *new_store(void)
{
    return open_store(redis.url, "");
}

static void *new_session(void)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    return s;
}

static void *new_list(void)
{
    session_list *list = NULL;
    expect_ok(session_list_user(store, "ada", &list));
    return list;
}

static void *new_events(void)
{
    session_events *events = NULL;
    expect_ok(session_events_open(store, &events));
    return events;
}

static void free_options(void *object)
{
    session_options_free(object);
}

static void free_store(void *object)
{
    session_store_close(object);
}

static void free_session(void *object)
{
    session_free(object);
}

static void free_list(void *object)
{
    session_list_free(object);
}

static void free_events(void *object)
{
    session_events_close(object);
}

static const struct {
    const char *name;
    void *(*make)(void);
    free_function *free;
} types[] = {
    {"options", new_options, free_options}, {"store", new_store, free_store},
    {"session", new_session, free_session}, {"list", new_list, free_list},
    {"events", new_events, free_events},
};

enum { OPTIONS, STORE, SESSION, LIST, EVENTS, TYPES };

/* ---- Calls ---- */

static void expect_no_options(session_options *options)
{
    session_store *opened = NULL;
    expect_code(session_options_set(options, "ttl", "1h"), SESSION_INVALID);
    expect_code(session_options_set_logger(options, NULL, NULL), SESSION_INVALID);
    assert_string_equal(session_options_error(options), "");
    if (options != NULL)
        expect_code(session_store_open("redis://h", options, &opened, NULL, 0),
                    SESSION_INVALID);
}

static void expect_no_store(session_store *other)
{
    static const char id[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    session *s = NULL;
    session_list *list = NULL;
    session_events *events = NULL;
    expect_code(session_new(other, &s), SESSION_INVALID);
    expect_code(session_create(other, NULL, &s), SESSION_INVALID);
    expect_code(session_get(other, id, &s), SESSION_INVALID);
    expect_code(session_touch(other, id), SESSION_INVALID);
    expect_code(session_destroy(other, id), SESSION_INVALID);
    expect_code(session_list_user(other, "ada", &list), SESSION_INVALID);
    expect_code(session_destroy_user(other, "ada", NULL, NULL), SESSION_INVALID);
    expect_code(session_destroy_handle(other, "ada", "x"), SESSION_INVALID);
    expect_code(session_events_open(other, &events), SESSION_INVALID);
}

static void expect_no_session(session *s)
{
    const char *text;
    size_t length;
    int64_t number;
    double real;
    int flag;
    char token[SESSION_CSRF_LENGTH + 1];
    expect_code(session_save(s), SESSION_INVALID);
    expect_code(session_reload(s), SESSION_INVALID);
    expect_code(session_regenerate(s), SESSION_INVALID);
    expect_code(session_set_string(s, "f", "x"), SESSION_INVALID);
    expect_code(session_set_string_n(s, "f", "x", 1), SESSION_INVALID);
    expect_code(session_set_json_n(s, "f", "1", 1), SESSION_INVALID);
    expect_code(session_set_user_n(s, "ada", 3), SESSION_INVALID);
    expect_code(session_get_string_n(s, "f", &text, &length), SESSION_INVALID);
    expect_code(session_set_int(s, "f", 1), SESSION_INVALID);
    expect_code(session_set_double(s, "f", 1), SESSION_INVALID);
    expect_code(session_set_bool(s, "f", 1), SESSION_INVALID);
    expect_code(session_set_json(s, "f", "1"), SESSION_INVALID);
    expect_code(session_get_string(s, "f", &text), SESSION_INVALID);
    expect_code(session_get_int(s, "f", &number), SESSION_INVALID);
    expect_code(session_get_double(s, "f", &real), SESSION_INVALID);
    expect_code(session_get_bool(s, "f", &flag), SESSION_INVALID);
    expect_code(session_get_json(s, "f", &text), SESSION_INVALID);
    expect_code(session_remove(s, "f"), SESSION_INVALID);
    expect_code(session_set_user(s, "ada"), SESSION_INVALID);
    expect_code(session_set_device(s, "a", "b"), SESSION_INVALID);
    expect_code(session_csrf_token(s, token, sizeof token), SESSION_INVALID);
    expect_code(session_csrf_check(s, token), SESSION_INVALID);
    assert_int_equal(session_has(s, "f"), 0);
    assert_null(session_id(s));
    assert_null(session_handle(s));
    assert_null(session_json(s));
    assert_null(session_user(s));
    assert_int_equal(session_created_at(s), 0);
    assert_int_equal(session_expires_at(s), 0);
}

static void expect_no_list(session_list *list)
{
    assert_int_equal(session_list_count(list), 0);
    assert_null(session_list_handle(list, 0));
    assert_null(session_list_label(list, 0));
    assert_null(session_list_address(list, 0));
    assert_int_equal(session_list_created_at(list, 0), 0);
    assert_int_equal(session_list_seen_at(list, 0), 0);
    assert_int_equal(session_list_expires_at(list, 0), 0);
}

static void expect_no_events(session_events *events)
{
    int kind;
    expect_code(session_events_next(events, &kind), SESSION_INVALID);
    assert_int_equal(session_events_fd(events), -1);
    assert_null(session_events_handle(events));
    assert_null(session_events_next_handle(events));
    assert_null(session_events_user(events));
}

/* Has every call refuse a block, but those of one type; TYPES for none. */
static void expect_refused(void *block, int type)
{
    if (type != OPTIONS)
        expect_no_options(block);
    if (type != STORE)
        expect_no_store(block);
    if (type != SESSION)
        expect_no_session(block);
    if (type != LIST)
        expect_no_list(block);
    if (type != EVENTS)
        expect_no_events(block);
}

static void test_null__is_refused_by_every_call_and_free_takes_it(void **state)
{
    (void)state;
    expect_refused(NULL, TYPES);
    for (int i = 0; i < TYPES; i++)
        types[i].free(NULL);
}

static void test_object__of_another_type_is_refused_by_every_call(void **state)
{
    (void)state;
    static uint64_t zeros[1024];
    expect_refused(zeros, TYPES);
    for (int i = 0; i < TYPES; i++) {
        void *object = types[i].make();
        expect_refused(object, i);
        types[i].free(object);
    }
}

static void test_object__that_was_freed_is_refused_by_every_call(void **state)
{
    (void)state;
    if (HAS_SANITIZER)
        skip();
    for (int i = 0; i < TYPES; i++) {
        void *object = types[i].make();
        types[i].free(object);
        expect_refused(object, TYPES);
    }
}

/* ---- Frees ---- */

/* How a child ends that frees the object with this function; it says nothing. */
static int status_of_free(void *object, free_function *free_object)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0};
        int nowhere = open("/dev/null", O_WRONLY);
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        dup2(nowhere, STDERR_FILENO); /* a sanitizer's report */
        free_object(object);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_abort(int status)
{
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
        fail_msg("status %d instead of SIGABRT", status);
}

static void test_free__of_another_type_aborts(void **state)
{
    (void)state;
    for (int i = 0; i < TYPES; i++) {
        void *object = types[i].make();
        for (int other = 0; other < TYPES; other++)
            if (other != i)
                expect_abort(status_of_free(object, types[other].free));
        types[i].free(object);
    }
}

static void test_free__a_second_time_aborts(void **state)
{
    (void)state;
    for (int i = 0; i < TYPES; i++) {
        void *object = types[i].make();
        types[i].free(object);
        int status = status_of_free(object, types[i].free);
        if (HAS_SANITIZER)
            assert_int_not_equal(status, 0);
        else
            expect_abort(status);
    }
}

/* Here its memory is still there, also for a sanitizer. */
static void test_store__that_was_closed_is_refused_while_a_session_lives(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *other = open_store(redis.url, "");
    expect_ok(session_create(other, NULL, &s));
    session_store_close(other);
    expect_no_store(other);
    expect_abort(status_of_free(other, free_store));
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null__is_refused_by_every_call_and_free_takes_it),
        cmocka_unit_test(test_object__of_another_type_is_refused_by_every_call),
        cmocka_unit_test(test_object__that_was_freed_is_refused_by_every_call),
        cmocka_unit_test(test_free__of_another_type_aborts),
        cmocka_unit_test(test_free__a_second_time_aborts),
        cmocka_unit_test(test_store__that_was_closed_is_refused_while_a_session_lives),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
