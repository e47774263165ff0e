/*
 * What is wrong with one server, and what the log was told of it: a line when a
 * trouble begins and one when it is over, however many threads and calls meet it.
 *
 * Troubles are told apart by their cause. One that concerns the connection is over
 * once the server answers; one that refuses a command is over once that command is
 * accepted. The end must be a second after the last failure, so that a server that
 * now works and now does not writes at most a line a second for each cause.
 */
#ifndef HISESSION_REDIS_CONDITION_H
#define HISESSION_REDIS_CONDITION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/log.h"
#include "config/endpoint.h"
#include "redis/command.h"
#include "redis/dial.h"

/* HS_TROUBLES: the connection's, and so many kinds of refusal at once. */
enum { HS_TROUBLES = 8 };

typedef struct {
    char cause[HS_CAUSE_SIZE]; /* "" while there was none yet */
    const char *command;       /* that was refused first; NULL: the connection */
    int64_t since;
    int64_t last_failed;
    int64_t last_said; /* 0 while nothing was */
    uint64_t failures;
    bool is_on;
    bool is_said; /* this cause was, since it came up */
    bool is_told; /* any was, since the trouble began: its end will be too */
} hs_trouble;

typedef struct {
    char place[HS_PLACE_SIZE];
    const char *subject; /* stands before each line */
    hs_log log;
    atomic_int trouble_count; /* that are on; read without the mutex */
    pthread_mutex_t mutex;    /* guards what follows; never held across the log */
    hs_trouble troubles[HS_TROUBLES];
} hs_condition;

/* `subject`, which must stay, is "" or what each line is about: "events: ". OK, SYSTEM.
 */
HS_MUST_USE int hs_condition_init(hs_condition *condition, const hs_endpoint *endpoint,
                                  const char *subject, hs_log log);

void hs_condition_destroy(hs_condition *condition);

/* Begins afresh in a child of the process, in which the mutex may be locked for good. */
void hs_condition_forget(hs_condition *condition);

/* No connection could be made, or one was lost, which came to this code. */
void hs_condition_failed(hs_condition *condition, int code, const char *cause);

/* An attempt was cut short, which tells nothing new if a cause is known. */
void hs_condition_cut_short(hs_condition *condition, int code, const char *cause);

/* A command was answered by an error. */
void hs_condition_refused(hs_condition *condition, const char *command,
                          const hs_reply *error);

/* A command was answered by no error: if it was refused, that is over. */
void hs_condition_accepted(hs_condition *condition, const char *command);

/* Takes in the replies that came to a command: errors, and what is over. */
void hs_condition_hear(hs_condition *condition, const hs_command *command,
                       const hs_reply *replies, int count);

/* The server answers: what was wrong with the connection is over. */
void hs_condition_answers(hs_condition *condition);

/* Why there is no connection, as the log has it; "" if nothing is known. */
void hs_condition_cause(hs_condition *condition, char *out, size_t size);

#endif
