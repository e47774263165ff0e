/* Shorthands of all tests. */
#ifndef TEST_EXPECT_H
#define TEST_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hisession/session.h"
#include "sealed.h"

/* Names instead of numbers in what a failed test prints. */
#define expect_code(call, code)                                                          \
    assert_string_equal(session_error_name(call), session_error_name(code))
#define expect_ok(call) expect_code(call, SESSION_OK)

/*
 * A store on this URL with this query, "" for none. Its calls have 20 s, unless the
 * query says otherwise: the default deadline is too short for a busy machine.
 */
static inline session_store *open_store(const char *url, const char *query)
{
    char whole[768], reason[200];
    session_store *store = NULL;
    snprintf(whole, sizeof whole, "%s?%s%s%s%s", url, query, query[0] != '\0' ? "&" : "",
             strstr(query, "deadline=") == NULL ? "deadline=20s&" : "",
             stores_are_sealed() ? "protection=sealed&key=" TEST_KEY "&" : "");
    whole[strlen(whole) - 1] = '\0'; /* the last "&" */
    if (session_store_open(whole, NULL, &store, reason, sizeof reason) != SESSION_OK)
        fail_msg("%s", reason);
    return store;
}

/* A new session's id, for free(). */
static inline char *create_id(session_store *store, const char *json)
{
    session *s = NULL;
    expect_ok(session_create(store, json, &s));
    char *id = strdup(session_id(s));
    session_free(s);
    return id;
}

/* An id that no session has. */
#define UNKNOWN_ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/*
 * Whether a call says no more than that the server's answer came too late for the
 * deadline, as it may on a busy machine. Where a test is about the answer, and its
 * deadline short for another reason, it asks again.
 */
static inline bool is_late(int rc, int *tries)
{
    return rc == SESSION_UNKNOWN && ++*tries < 50;
}

/* What a server says to a create. */
static inline int create_in_time(session_store *store, const char *json, session **s)
{
    int rc, tries = 0;
    do
        rc = session_create(store, json, s);
    while (is_late(rc, &tries));
    return rc;
}

static inline int create_code(session_store *store)
{
    session *s = NULL;
    int rc = create_in_time(store, NULL, &s);
    session_free(s);
    return rc;
}

/* What a server says to a destroy. */
static inline int destroy_code(session_store *store, const char *id)
{
    int rc, tries = 0;
    do
        rc = session_destroy(store, id);
    while (is_late(rc, &tries));
    return rc;
}

/* What a get says of an id. */
static inline int get_code(session_store *store, const char *id)
{
    session *s = NULL;
    int rc = session_get(store, id, &s);
    session_free(s);
    return rc;
}

/* "sess:<id>", or what stands for it in a sealed store; valid until the next call. */
static inline const char *key_of(const char *id)
{
    static _Thread_local char key[160];
    snprintf(key, sizeof key, "sess:%s",
             stores_are_sealed() ? storage_id_of(TEST_KEY, id) : id);
    return key;
}

#endif
