#include "logged_calls.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"

/* ---- The log ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
char logged[16384];
char place[160];
session_store *logging_store;

static void keep(int level, const char *text, void *user)
{
    (void)user;
    pthread_mutex_lock(&mutex);
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%d %s\n", level, text);
    pthread_mutex_unlock(&mutex);
}

bool has_logged(const char *text)
{
    pthread_mutex_lock(&mutex);
    bool found = strstr(logged, text) != NULL;
    pthread_mutex_unlock(&mutex);
    return found;
}

void expect_line(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert_string_equal(logged, line);
}

static bool is_one_line(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && strchr(text, '\n') == text + length - 1;
}

void expect_line_of(const char *start, const char *part)
{
    if (!is_one_line(logged) || strncmp(logged, start, strlen(start)) != 0 ||
        strstr(logged, part) == NULL)
        fail_msg("logged:\n%s", logged);
}

/* ---- Calls ---- */

char ids[THREADS][64];

void call_once(char id[64])
{
    session *s = NULL;
    if (session_create(logging_store, "{\"field\":\"canary-value\"}", &s) == SESSION_OK)
        snprintf(id, 64, "%s", session_id(s));
    session_free(s);
    s = NULL;
    (void)session_get(logging_store, id[0] != '\0' ? id : ids[0], &s);
    if (s != NULL)
        (void)session_save(s);
    session_free(s);
    (void)session_touch(logging_store, id);
    (void)session_destroy(logging_store, id);
}

static void *call_often(void *id)
{
    for (int i = 0; i < CALLS / THREADS / 4 + 1; i++)
        call_once(id);
    return NULL;
}

void hammer(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        memset(ids[i], 'A', SESSION_ID_LENGTH);
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, ids[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    nanosleep(&pause, NULL);
}

void expect_end(void)
{
    for (int i = 0; i < 1000 && !has_logged("\n3 "); i++, pause_briefly())
        call_once(ids[0]);
    hammer();
    const char *second = strchr(logged, '\n') + 1;
    if (strncmp(second, "3 ", 2) != 0 || !is_one_line(second) ||
        strstr(second, place) == NULL || strstr(second, " again, after ") == NULL)
        fail_msg("logged:\n%s", logged);
}

void open_logging_store(const char *url)
{
    session_options *options = NULL;
    logged[0] = '\0';
    expect_ok(session_options_new(&options));
    expect_ok(session_options_set(options, "deadline", "60s"));
    expect_ok(session_options_set(options, "connect_timeout", "10s"));
    expect_ok(session_options_set_logger(options, keep, NULL));
    expect_ok(session_store_open(url, options, &logging_store, NULL, 0));
    session_options_free(options);
}

int count_logged(const char *text)
{
    int found = 0;
    for (const char *at = logged; (at = strstr(at, text)) != NULL; at++)
        found++;
    return found;
}
