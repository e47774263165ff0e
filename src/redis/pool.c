#include "redis/pool.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/invariant.h"
#include "base/memory.h"
#include "redis/batch.h"

/* With so many connections at work a call rather joins a batch. */
enum { FEW_CONNECTIONS = 2 };

/* What a waiting call is told. */
enum { FINISHED = 1, LEAD = 2, LEAD_ON = 3 };

/* ---- What always holds while the mutex is held ---- */

/* Every connection is free or busy, and the closed ones come last. */
static bool free_list_is_consistent(const hs_pool *pool)
{
    size_t count = 0;
    bool closed_before = false;
    for (const hs_connection *at = pool->free; at != NULL; at = at->next_free) {
        if (count++ == pool->size || (closed_before && at->fd >= 0))
            return false;
        closed_before = at->fd < 0;
    }
    return count + pool->busy == pool->size;
}

static bool waiting_list_is_consistent(const hs_pool *pool)
{
    const hs_call *last = NULL;
    for (const hs_call *at = pool->first_waiting; at != NULL; at = at->next_waiting) {
        if (!at->is_waiting)
            return false;
        last = at;
    }
    return pool->last_waiting == last;
}

/* ---- Free connections; the mutex is held ---- */

static void push_free(hs_pool *pool, hs_connection *connection)
{
    hs_connection **place = &pool->free;
    if (connection->fd < 0) /* after the open ones */
        while (*place != NULL && (*place)->fd >= 0)
            place = &(*place)->next_free;
    connection->next_free = *place;
    *place = connection;
    HS_INVARIANT(pool->busy > 0);
    pool->busy--;
    HS_INVARIANT(free_list_is_consistent(pool));
}

static hs_connection *pop_free(hs_pool *pool)
{
    hs_connection *connection = pool->free;
    if (connection != NULL) {
        pool->free = connection->next_free;
        pool->busy++;
        HS_INVARIANT(free_list_is_consistent(pool));
    }
    return connection;
}

static bool is_unused(const hs_pool *pool, const hs_connection *connection, int64_t now)
{
    return pool->idle_timeout > 0 && connection->fd >= 0 &&
           now - connection->used_at >= pool->idle_timeout;
}

/* Takes a connection that nobody used for long, or NULL. */
static hs_connection *pop_unused(hs_pool *pool, int64_t now)
{
    hs_connection **place = &pool->free;
    while (*place != NULL && !is_unused(pool, *place, now))
        place = &(*place)->next_free;
    hs_connection *found = *place;
    if (found == NULL)
        return NULL;
    *place = found->next_free;
    pool->busy++;
    HS_INVARIANT(free_list_is_consistent(pool));
    return found;
}

/* ---- Waiting calls; the mutex is held ---- */

static void push_waiting(hs_pool *pool, hs_call *call)
{
    HS_INVARIANT(!call->is_waiting);
    call->is_waiting = true;
    call->next_waiting = NULL;
    if (pool->last_waiting == NULL)
        pool->first_waiting = call;
    else
        pool->last_waiting->next_waiting = call;
    pool->last_waiting = call;
    HS_INVARIANT(waiting_list_is_consistent(pool));
}

static hs_call *pop_waiting(hs_pool *pool)
{
    hs_call *call = pool->first_waiting;
    if (call == NULL)
        return NULL;
    pool->first_waiting = call->next_waiting;
    if (pool->first_waiting == NULL)
        pool->last_waiting = NULL;
    call->is_waiting = false;
    HS_INVARIANT(waiting_list_is_consistent(pool));
    return call;
}

static void remove_waiting(hs_pool *pool, hs_call *call)
{
    hs_call *before = NULL;
    HS_INVARIANT(call->is_waiting);
    for (hs_call *at = pool->first_waiting; at != call; at = at->next_waiting)
        before = at;
    if (before == NULL)
        pool->first_waiting = call->next_waiting;
    else
        before->next_waiting = call->next_waiting;
    if (pool->last_waiting == call)
        pool->last_waiting = before;
    call->is_waiting = false;
    HS_INVARIANT(waiting_list_is_consistent(pool));
}

/* ---- Fork ---- */

static void init_connections(hs_pool *pool, size_t reply_limit)
{
    pool->free = NULL;
    pool->busy = pool->size;
    for (size_t i = pool->size; i-- > 0;) {
        hs_connection_init(&pool->connections[i], reply_limit);
        push_free(pool, &pool->connections[i]);
    }
}

/*
 * In a child the parent's connections are closed without a word to the server.
 * What a thread that did not survive the fork was using is left as it is: its
 * mutex is made again, its half-read replies are forgotten.
 */
static void forget_parent(void *context)
{
    hs_pool *pool = context;
    for (size_t i = 0; i < pool->size; i++)
        hs_descriptor_close(&pool->connections[i].fd);
    pthread_mutex_init(&pool->mutex, NULL);
    hs_condition_forget(&pool->condition);
    pool->first_waiting = NULL;
    pool->last_waiting = NULL;
    init_connections(pool, pool->connections[0].reply_limit);
}

static void notice_fork(hs_pool *pool)
{
    hs_process_take_over(&pool->ownership, forget_parent, pool);
}

/* ---- Leading a batch ---- */

void hs_pool_replace_connections(hs_pool *pool)
{
    atomic_fetch_add(&pool->generation, 1);
}

void hs_pool_replace_generation(hs_pool *pool, unsigned generation)
{
    atomic_compare_exchange_strong(&pool->generation, &generation, generation + 1);
}

bool hs_pool_is_new(const hs_pool *pool, const hs_call *call)
{
    const int64_t new_ms = 200;
    return call->generation == atomic_load(&pool->generation) &&
           hs_clock_monotonic_ms() - call->opened_at < new_ms;
}

/* A refused password is tried once a second: some servers lock its user out. */
static int open_connection(hs_pool *pool, hs_connection *connection, hs_deadline deadline,
                           const hs_reason *why)
{
    const int refused_pause = 1000;
    int64_t now = hs_clock_monotonic_ms();
    if (now < atomic_load(&pool->refused_until))
        return SESSION_AUTH;
    connection->generation = atomic_load(&pool->generation);
    connection->doubts = atomic_load(&pool->doubts);
    int rc = hs_connection_open(
        connection, &pool->endpoint,
        hs_deadline_earlier(hs_deadline_after(pool->connect_timeout), deadline), why);
    connection->opened_at = hs_clock_monotonic_ms();
    if (rc == SESSION_AUTH)
        atomic_store(&pool->refused_until, now + refused_pause);
    return rc;
}

/*
 * After a call that got no answer the other connections may be as dead: each is asked
 * before its next call, and must answer in time for that call to use a new one.
 */
static bool still_answers(hs_pool *pool, hs_connection *connection, hs_deadline deadline)
{
    unsigned doubts = atomic_load(&pool->doubts);
    if (connection->doubts == doubts)
        return true;
    int64_t limit = hs_deadline_left(deadline) / 3;
    if (limit > pool->connect_timeout)
        limit = pool->connect_timeout;
    connection->doubts = doubts;
    return hs_connection_answers(connection, hs_deadline_after(limit));
}

/* Whether it is open and was not given up, nor unused so long that a firewall may have
 * forgotten it. */
static bool is_current(const hs_pool *pool, const hs_connection *connection)
{
    return connection->fd >= 0 &&
           connection->generation == atomic_load(&pool->generation) &&
           !is_unused(pool, connection, hs_clock_monotonic_ms());
}

/* Opens the connection unless it is open and fit for use; `why` not, if it was tried. */
static int make_ready(hs_pool *pool, hs_connection *connection, hs_deadline deadline,
                      const hs_reason *why)
{
    if (is_current(pool, connection)) {
        if (hs_connection_is_quiet(connection) &&
            still_answers(pool, connection, deadline))
            return SESSION_OK;
        /* If the server closed this one, or does not answer, so it is with the others. */
        hs_pool_replace_generation(pool, connection->generation);
    }
    hs_connection_close(connection);
    return open_connection(pool, connection, deadline, why);
}

/* Gives the connection to the next waiting call, or back to the pool. */
static void give_back(hs_pool *pool, hs_connection *connection)
{
    pthread_mutex_lock(&pool->mutex);
    hs_call *next = pop_waiting(pool);
    if (next == NULL)
        push_free(pool, connection);
    else
        next->granted = connection;
    pthread_mutex_unlock(&pool->mutex);
    if (next != NULL)
        hs_wait_finish(&next->wait, LEAD);
}

/*
 * Takes a free connection that was not used for idle_timeout, or NULL. The pool is
 * searched only from `sweep_at` on, because each call comes by here.
 */
static hs_connection *take_unused(hs_pool *pool, int64_t now)
{
    if (pool->idle_timeout == 0 || now < atomic_load(&pool->sweep_at))
        return NULL;
    pthread_mutex_lock(&pool->mutex);
    hs_connection *found = pop_unused(pool, now);
    pthread_mutex_unlock(&pool->mutex);
    if (found == NULL)
        atomic_store(&pool->sweep_at, now + pool->idle_timeout / 4);
    return found;
}

/* Gives the connection back, and closes those that are unused: no thread of its own does
 * that, so that calls do. */
static void release(hs_pool *pool, hs_connection *connection)
{
    int64_t now = connection->used_at = hs_clock_monotonic_ms();
    give_back(pool, connection);
    for (;;) {
        hs_connection *unused = take_unused(pool, now);
        if (unused == NULL)
            return;
        hs_connection_close(unused);
        give_back(pool, unused);
    }
}

static void take_along(hs_connection *connection, hs_call *call)
{
    call->generation = connection->generation;
    call->opened_at = connection->opened_at;
    hs_connection_add(connection, call);
}

static void gather(hs_pool *pool, hs_connection *connection, hs_call *own)
{
    hs_connection_begin(connection);
    take_along(connection, own);
    pthread_mutex_lock(&pool->mutex);
    while (connection->count < HS_BATCH_CALLS && pool->first_waiting != NULL)
        take_along(connection, pop_waiting(pool));
    pthread_mutex_unlock(&pool->mutex);
}

static void wake(hs_pool *pool, hs_finished *finished)
{
    for (size_t i = 0; i < finished->count; i++)
        hs_wait_finish(&finished->calls[i]->wait, FINISHED);
    finished->count = 0;
    if (finished->broken != SESSION_OK)
        hs_condition_failed(&pool->condition, finished->broken, finished->why);
}

static void abandon(hs_pool *pool, hs_connection *connection, const hs_call *own,
                    hs_finished *finished)
{
    const hs_reason why = {finished->why, sizeof finished->why};
    finished->broken = connection->broken;
    hs_connection_describe(connection, pool->condition.place, &why);
    hs_batch_fail(connection, own, finished);
    hs_connection_close(connection);
    release(pool, connection);
}

/*
 * Leaves the batch to a call that is left in it, because this thread's own is over; if
 * none is left, what may still come in answers nobody.
 */
static void hand_on(hs_pool *pool, hs_connection *connection, const hs_call *own,
                    hs_finished *finished)
{
    hs_call *next = hs_batch_first(connection);
    if (next == NULL) {
        hs_connection_give_up(connection);
        abandon(pool, connection, own, finished);
        return;
    }
    HS_INVARIANT(next != own);
    next->granted = connection;
    hs_wait_finish(&next->wait, LEAD_ON);
}

/* Some deadline has passed. Whether the batch is over for this thread. */
static bool give_up(hs_pool *pool, hs_connection *connection, const hs_call *own,
                    hs_finished *finished)
{
    atomic_fetch_add(&pool->doubts, 1);
    if (connection->sent < connection->length) {
        hs_connection_give_up(connection);
        abandon(pool, connection, own, finished);
        return true;
    }
    hs_batch_expire(connection, own, finished);
    if (own->result != HS_CALL_LOST && hs_batch_first(connection) != NULL)
        return false;
    hand_on(pool, connection, own, finished);
    return true;
}

static void lead_on(hs_pool *pool, hs_connection *connection, const hs_call *own)
{
    hs_finished finished;
    finished.count = 0;
    finished.broken = SESSION_OK;
    for (bool over = false; !over;) {
        hs_progress progress =
            hs_connection_run(connection, own, hs_batch_deadline(connection));
        hs_batch_take_answered(connection, own, &finished);
        switch (progress) {
        case HS_BATCH_DONE:
            release(pool, connection);
            over = true;
            break;
        case HS_BATCH_BROKEN:
            atomic_fetch_add(&pool->doubts, 1);
            abandon(pool, connection, own, &finished);
            over = true;
            break;
        case HS_BATCH_REST:
            hand_on(pool, connection, own, &finished);
            over = true;
            break;
        case HS_BATCH_TIMEOUT:
            over = give_up(pool, connection, own, &finished);
            break;
        }
        wake(pool, &finished);
    }
}

/* Tells the log why no connection was opened for a call, if that was tried. */
static void log_unopened(hs_pool *pool, const hs_call *call, const char *why)
{
    if (why[0] == '\0')
        return;
    if (hs_deadline_has_passed(call->deadline))
        hs_condition_cut_short(&pool->condition, call->code, why);
    else
        hs_condition_failed(&pool->condition, call->code, why);
}

static void lead(hs_pool *pool, hs_connection *connection, hs_call *call)
{
    char text[HS_CAUSE_SIZE];
    const hs_reason why = {text, sizeof text};
    text[0] = '\0';
    int rc = make_ready(pool, connection, call->deadline, &why);
    if (rc != SESSION_OK) {
        call->result = HS_CALL_NOT_SENT;
        call->code = rc;
        release(pool, connection);
        log_unopened(pool, call, text);
        return;
    }
    gather(pool, connection, call);
    lead_on(pool, connection, call);
}

/* ---- Running a call ---- */

/* Takes a connection for a call that nobody has taken along yet, or NULL. */
static hs_connection *take_own(hs_pool *pool, hs_call *call)
{
    pthread_mutex_lock(&pool->mutex);
    hs_connection *connection = call->is_waiting ? pop_free(pool) : NULL;
    if (connection != NULL)
        remove_waiting(pool, call);
    pthread_mutex_unlock(&pool->mutex);
    return connection;
}

/* Sleeps until there is a word; if none comes in time the call leaves the queue. */
static int sleep_for_word(hs_pool *pool, hs_call *call)
{
    int word = hs_wait_until(&call->wait, call->deadline);
    if (word != 0)
        return word;
    pthread_mutex_lock(&pool->mutex);
    bool was_waiting = call->is_waiting;
    if (was_waiting)
        remove_waiting(pool, call);
    pthread_mutex_unlock(&pool->mutex);
    if (!was_waiting) /* it is in a batch, whose leader watches its deadline */
        return hs_wait_for(&call->wait);
    call->result = HS_CALL_NOT_SENT;
    call->code = SESSION_UNAVAILABLE;
    return FINISHED;
}

static void wait_turn(hs_pool *pool, hs_call *call)
{
    int word = hs_wait_briefly(&call->wait);
    hs_connection *own = word == 0 ? take_own(pool, call) : NULL;
    if (word == 0 && own == NULL)
        word = sleep_for_word(pool, call);
    if (own != NULL)
        lead(pool, own, call);
    else if (word == LEAD)
        lead(pool, call->granted, call);
    else if (word == LEAD_ON)
        lead_on(pool, call->granted, call);
    hs_wait_destroy(&call->wait);
}

void hs_pool_run(hs_pool *pool, hs_call *call)
{
    hs_connection *connection = NULL;
    notice_fork(pool);
    pthread_mutex_lock(&pool->mutex);
    if (pool->busy < FEW_CONNECTIONS)
        connection = pop_free(pool);
    if (connection == NULL) {
        hs_wait_init(&call->wait);
        push_waiting(pool, call);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (connection != NULL)
        lead(pool, connection, call);
    else
        wait_turn(pool, call);
}

/* ---- Life ---- */

int hs_pool_init(hs_pool *pool, const hs_endpoint *endpoint, const hs_settings *settings,
                 hs_log log)
{
    /* What surrounds a record in a reply fits in this. */
    const size_t reply_slack = 64 * 1024;
    *pool = (hs_pool){.endpoint = *endpoint};
    pool->connect_timeout = settings->connect_timeout;
    pool->idle_timeout = settings->idle_timeout;
    pool->size = (size_t)settings->pool_size;
    pool->connections = hs_memory_new(pool->size * sizeof *pool->connections);
    if (pool->connections == NULL)
        return SESSION_NO_MEMORY;
    if (hs_condition_init(&pool->condition, endpoint, "", log) != SESSION_OK ||
        pthread_mutex_init(&pool->mutex, NULL) != 0) {
        hs_memory_free(pool->connections, pool->size * sizeof *pool->connections);
        return SESSION_SYSTEM;
    }
    init_connections(pool, (size_t)settings->max_size + reply_slack);
    atomic_init(&pool->refused_until, 0);
    atomic_init(&pool->sweep_at, 0);
    hs_process_begin(&pool->ownership);
    return SESSION_OK;
}

void hs_pool_destroy(hs_pool *pool)
{
    notice_fork(pool);
    for (size_t i = 0; i < pool->size; i++)
        hs_connection_close(&pool->connections[i]);
    hs_memory_free(pool->connections, pool->size * sizeof *pool->connections);
    pthread_mutex_destroy(&pool->mutex);
    hs_condition_destroy(&pool->condition);
    hs_memory_wipe(&pool->endpoint, sizeof pool->endpoint);
}
