/* Commands to one server, tried again where that is safe and may help. */
#ifndef HISESSION_REDIS_CLIENT_H
#define HISESSION_REDIS_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "redis/outcome.h"
#include "redis/pool.h"

typedef struct {
    hs_pool pool;
    atomic_int retry_budget;
} hs_client;

HS_MUST_USE int hs_client_init(hs_client *client, const hs_endpoint *endpoint,
                               const hs_settings *settings, hs_log log);

void hs_client_destroy(hs_client *client);

/* How often a command may be sent. */
typedef enum {
    HS_TRY_ONCE,
    HS_TRY_UNTIL_DOUBT, /* not once it may have been applied */
    HS_TRY_AGAIN,       /* twice does no more than once */
    HS_TRY_READ /* it changes nothing: an answer that is late is asked for again */
} hs_trying;

/*
 * Runs a command until it is answered, the deadline has passed, or another try
 * is not allowed, of no use, or over the retry budget. `answer` is overwritten
 * and is to be freed whatever its code.
 */
void hs_client_run(hs_client *client, hs_command *command, hs_deadline deadline,
                   hs_trying trying, hs_answer *answer);

/*
 * Before a caller tries again by itself: pays for it, and pauses for a random
 * time that grows with `attempt`. False if there is no budget or no time.
 */
HS_MUST_USE bool hs_client_may_retry(hs_client *client, int attempt,
                                     hs_deadline deadline);

/* Pauses for a random time that grows with `attempt`; false if there is no time. */
HS_MUST_USE bool hs_client_pause(int attempt, hs_deadline deadline);

/* Has every connection replaced, because one delivered another session's record. */
void hs_client_replace_connections(hs_client *client);

#endif
