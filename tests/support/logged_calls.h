/* A store whose log is kept, and calls that make it write. */
#ifndef HISESSION_TESTS_LOGGED_CALLS_H
#define HISESSION_TESTS_LOGGED_CALLS_H

#include <stdbool.h>

#include "hisession/session.h"

enum { THREADS = 8, CALLS = 50 };

extern session_store *logging_store;
extern char logged[16384];    /* a line per message: its level and its text */
extern char place[160];       /* the server, as the log has it */
extern char ids[THREADS][64]; /* what the threads last called with */

/* Opens `logging_store` with an empty log. */
void open_logging_store(const char *url);

/* What a program does that has a session and one that it does not know. */
void call_once(char id[64]);

/* Some 50 calls on 8 threads. */
void hammer(void);

void pause_briefly(void);

bool has_logged(const char *text);
int count_logged(const char *text);

/* The log is exactly one line, which `format` makes of the place. */
__attribute__((format(printf, 1, 2))) void expect_line(const char *format, ...);

/* The log is exactly one line, which begins so and holds this. */
void expect_line_of(const char *start, const char *part);

/* Calls until the log says that it is over, which is its second line and its last. */
void expect_end(void);

#endif
