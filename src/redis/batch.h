/* What becomes of the calls that a connection carries in one batch. */
#ifndef HISESSION_REDIS_BATCH_H
#define HISESSION_REDIS_BATCH_H

#include <stddef.h>

#include "redis/connection.h"
#include "redis/dial.h"

/*
 * What is left to do once the connection is free: the calls that are over are woken;
 * if it broke, the log is told.
 */
typedef struct {
    hs_call *calls[HS_BATCH_CALLS];
    size_t count;
    int broken; /* OK, or the code, and why */
    char why[HS_CAUSE_SIZE];
} hs_finished;

/*
 * These take calls off the batch. The leader's own one is not among the finished ones,
 * because nobody needs to wake the leader.
 */
void hs_batch_take_answered(hs_connection *connection, const hs_call *own,
                            hs_finished *finished);

/* Those whose deadline has passed are lost. */
void hs_batch_expire(hs_connection *connection, const hs_call *own,
                     hs_finished *finished);

/* All that a broken connection leaves without an answer. */
void hs_batch_fail(hs_connection *connection, const hs_call *own, hs_finished *finished);

/* The first deadline of the calls that are left. */
hs_deadline hs_batch_deadline(const hs_connection *connection);

/* The first of the calls that are left, or NULL. */
hs_call *hs_batch_first(const hs_connection *connection);

#endif
