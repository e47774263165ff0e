/*
 * Threads and processes of a test. A check of cmocka that fails jumps out of the
 * test, which only the thread that runs the test can do. All others use the checks
 * below, which write down what went wrong; the test fails when it waits for them.
 *
 *   static void save_often(worker *self)
 *   {
 *       session *s = NULL;
 *       check_ok(self, session_create(store, NULL, &s));
 *       ...
 *   }
 *
 *   run_threads(16, save_often, NULL);
 *
 * Where cmocka's checks fail in another thread or process nonetheless, the program
 * says so and aborts.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#include "hisession/session.h"

typedef struct {
    int number;        /* from 0 */
    void *context;     /* the test's, the same for all */
    char failure[256]; /* what went wrong first; "" for nothing */
} worker;

typedef struct team team;

/* Each runs `work` once, at the same time; these return when all are done. */
void run_threads(int count, void (*work)(worker *), void *context);
void run_processes(int count, void (*work)(worker *), void *context);

/* The same, while the test goes on until finish(), which frees the team. */
team *start_threads(int count, void (*work)(worker *), void *context);
team *start_processes(int count, void (*work)(worker *), void *context);
void finish(team *started);

/* Memory of zeros that processes share with the test, until the program ends. */
void *shared_memory(size_t size);

/* What a check found; they go on, because a worker's calls can be made with NULL. */
bool check(worker *self, bool passed, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#define check_true(self, condition)                                                      \
    check((self), (condition), __FILE__, __LINE__, "not so: %s", #condition)
#define check_code(self, call, code)                                                     \
    check_result((self), (call), (code), __FILE__, __LINE__, #call)
#define check_ok(self, call) check_code((self), (call), SESSION_OK)

static inline bool check_result(worker *self, int found, int code, const char *file,
                                int line, const char *call)
{
    return check(self, found == code, file, line, "%s: %s, not %s", call,
                 session_error_name(found), session_error_name(code));
}

#endif
