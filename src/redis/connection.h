/*
 * One connection to one server. It carries a batch of calls at a time: all are
 * sent together, and their replies come back in the same order.
 */
#ifndef HISESSION_REDIS_CONNECTION_H
#define HISESSION_REDIS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/reason.h"
#include "base/wait.h"
#include "config/endpoint.h"
#include "redis/command.h"
#include "redis/reader.h"

enum { HS_BATCH_CALLS = 64, HS_NO_ANSWER = -1 };

typedef enum {
    HS_CALL_NOT_SENT, /* not one byte of it went out */
    HS_CALL_LOST,     /* sent at least in part; the answer will not be known */
    HS_CALL_ANSWERED
} hs_call_result;

/* One command on its way, owned by the thread that waits for it. */
typedef struct hs_call {
    const hs_command *command;
    hs_deadline deadline;
    hs_call_result result;
    int code;          /* why it was not answered */
    hs_reply *replies; /* where they go, one for each command */
    int reply_count;   /* read so far */

    /* The pool's. */
    hs_wait wait;
    struct hs_call *next_waiting;
    bool is_waiting;
    struct hs_connection *granted;
    unsigned generation; /* of the connection that it was sent on, */
    int64_t opened_at;   /* and when that was opened */
} hs_call;

typedef struct {
    hs_call *call; /* NULL once nobody waits for it */
    size_t start;  /* where its bytes begin and end in the batch */
    size_t end;
    int replies_left;
} hs_slot;

typedef struct hs_connection {
    int fd; /* -1 while closed */
    hs_reader reader;
    size_t reply_limit; /* most bytes that one reply may take */
    bool is_answered;   /* anything was, since it was opened */
    int broken;         /* the code that ended it, */
    int broken_error;   /* and the errno, 0 for the peer's end, or HS_NO_ANSWER */

    hs_slot slots[HS_BATCH_CALLS];
    size_t count;
    size_t first;  /* the slot whose reply comes next */
    size_t length; /* bytes of the batch, and how many were sent */
    size_t sent;
    hs_reply current; /* the reply that comes in; once broken, the server's last words */

    /* The pool's. */
    unsigned generation;
    int64_t opened_at; /* monotonic */
    int64_t used_at;   /* when it was last given back */
    unsigned doubts;   /* how many of the pool's it has answered since */
    struct hs_connection *next_free;
} hs_connection;

void hs_connection_init(hs_connection *connection, size_t reply_limit);

/*
 * Connects, authenticates and selects the database. OK, UNAVAILABLE, AUTH,
 * CONFIG, PROTOCOL, NO_MEMORY, SYSTEM; unless OK the connection is closed, and
 * `why` says what failed.
 */
HS_MUST_USE int hs_connection_open(hs_connection *connection, const hs_endpoint *endpoint,
                                   hs_deadline deadline, const hs_reason *why);

/* The same, for a socket that speaks in another way from then on: `out`, to close. */
HS_MUST_USE int hs_connection_open_socket(const hs_endpoint *endpoint,
                                          hs_deadline deadline, const hs_reason *why,
                                          int *out);

void hs_connection_close(hs_connection *connection);

/* Whether nothing came in since the last batch: no end, and no stray bytes. */
bool hs_connection_is_quiet(const hs_connection *connection);

/* Whether the server answers on it, which it is asked between two batches. */
bool hs_connection_answers(hs_connection *connection, hs_deadline deadline);

/* Starts a batch, then adds a call; its command must stay until it is over. */
void hs_connection_begin(hs_connection *connection);
void hs_connection_add(hs_connection *connection, hs_call *call);

typedef enum {
    HS_BATCH_DONE,
    HS_BATCH_REST, /* `own` was answered; for the rest somebody has to wait */
    HS_BATCH_TIMEOUT,
    HS_BATCH_BROKEN /* `broken` says why */
} hs_progress;

/*
 * Sends and reads until the batch is done, `own`, one of its calls, was answered and
 * no more came in yet, `until` has passed, or the connection broke. Calls that were
 * answered say so.
 */
hs_progress hs_connection_run(hs_connection *connection, const hs_call *own,
                              hs_deadline until);

/* Gives up a connection whose replies did not come in time. */
void hs_connection_give_up(hs_connection *connection);

/* Whether it broke because the server refused it, before it ran anything. */
bool hs_connection_is_refused(const hs_connection *connection);

/* Why it broke; `place` is the server for people. */
void hs_connection_describe(const hs_connection *connection, const char *place,
                            const hs_reason *why);

#endif
