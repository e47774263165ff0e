/* Shorthands of tests about users. */
#ifndef TEST_USERS_H
#define TEST_USERS_H

#include <string.h>
#include <time.h>

#include "expect.h"

static inline session *log_in(session_store *where, const char *user)
{
    session *s = NULL;
    expect_ok(session_new(where, &s));
    expect_ok(session_set_user(s, user));
    expect_ok(session_save(s));
    return s;
}

/* Logs in, and only the id is left, for free(). */
static inline char *log_in_id(session_store *where, const char *user)
{
    session *s = log_in(where, user);
    char *id = strdup(session_id(s));
    session_free(s);
    return id;
}

static inline session_list *list_of(session_store *where, const char *user)
{
    session_list *list = NULL;
    expect_ok(session_list_user(where, user, &list));
    return list;
}

static inline size_t count_of(session_store *where, const char *user)
{
    session_list *list = list_of(where, user);
    size_t count = session_list_count(list);
    session_list_free(list);
    return count;
}

static inline void expect_gone(session_store *where, const char *id)
{
    expect_code(get_code(where, id), SESSION_NOT_FOUND);
}

static inline void expect_alive(session_store *where, const char *id)
{
    expect_ok(get_code(where, id));
}

/* So that what comes now is later than what was, for clocks of milliseconds. */
static inline void next_millisecond(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

#endif
