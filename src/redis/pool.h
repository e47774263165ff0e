/*
 * The connections to one server, shared by all threads.
 *
 * A call takes a connection and leads its batch: it writes its own command
 * together with those of the calls that are waiting, reads all replies and
 * wakes the others. So many threads share few round trips. A call waits if two
 * connections are at work already, but only briefly: if no leader has taken it
 * along by then, Redis is far away and it takes a connection of its own.
 */
#ifndef HISESSION_REDIS_POOL_H
#define HISESSION_REDIS_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/log.h"
#include "base/process.h"
#include "config/endpoint.h"
#include "config/options.h"
#include "redis/condition.h"
#include "redis/connection.h"

typedef struct {
    hs_endpoint endpoint;
    hs_condition condition; /* what is wrong with the server */
    int64_t connect_timeout;
    int64_t idle_timeout; /* 0 for never */
    size_t size;
    hs_connection *connections;

    atomic_llong refused_until; /* no login before: the last one was refused */
    atomic_llong sweep_at;      /* when unused connections are next looked for */
    atomic_uint generation;     /* connections of an earlier one are closed */
    atomic_uint doubts;     /* how often a connection broke or did not answer in time */
    hs_ownership ownership; /* a child makes the connections its own */
    pthread_mutex_t mutex;  /* guards what follows; never held across I/O */
    hs_connection *free;    /* the last used first, closed ones last */
    size_t busy;            /* connections that are not free */
    hs_call *first_waiting;
    hs_call *last_waiting;
} hs_pool;

/* OK, NO_MEMORY, SYSTEM. Nothing is connected yet. */
HS_MUST_USE int hs_pool_init(hs_pool *pool, const hs_endpoint *endpoint,
                             const hs_settings *settings, hs_log log);

void hs_pool_destroy(hs_pool *pool);

/* Sends a call and waits for its result, until its deadline at the latest. */
void hs_pool_run(hs_pool *pool, hs_call *call);

/* Closes every connection when it is next free: they are not to be trusted. */
void hs_pool_replace_connections(hs_pool *pool);

/* The same for those of this generation, unless another thread has done so. */
void hs_pool_replace_generation(hs_pool *pool, unsigned generation);

/* Whether a call was sent on a connection that was just opened: then there is no newer
 * one that may lead to a better server. */
HS_MUST_USE bool hs_pool_is_new(const hs_pool *pool, const hs_call *call);

#endif
