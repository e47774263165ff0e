/* Commands to one server, tried again where that is safe and may help. */
#ifndef HISESSION_REDIS_CLIENT_H
#define HISESSION_REDIS_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "redis/command.h"
#include "redis/pool.h"

typedef struct {
    hs_pool pool;
    atomic_int retry_budget;
} hs_client;

int hs_client_init(hs_client *client, const hs_endpoint *endpoint,
                   const hs_settings *settings, hs_log log);

void hs_client_destroy(hs_client *client);

typedef struct {
    int code; /* OK if every reply is there and none is an error */
    /* An attempt was sent whose outcome is not known, be the last one's as it may. */
    bool in_doubt;
    bool needs_script; /* the server does not know the script's hash */
    hs_reply replies[HS_COMMAND_REPLIES];
} hs_answer;

/* How often a command may be sent. */
typedef enum {
    HS_TRY_ONCE,
    HS_TRY_UNTIL_DOUBT, /* not once it may have been applied */
    HS_TRY_AGAIN        /* twice does no more than once */
} hs_trying;

/*
 * Runs a command until it is answered, the deadline has passed, or another try
 * is not allowed, of no use, or over the retry budget. `answer` is overwritten
 * and is to be freed whatever its code.
 */
void hs_client_run(hs_client *client, const hs_command *command, hs_deadline deadline,
                   hs_trying trying, hs_answer *answer);

/* Runs a script, which must do no more when it runs twice than once. */
void hs_client_run_script(hs_client *client, const hs_script_call *call,
                          hs_deadline deadline, hs_answer *answer);

/*
 * Before a caller tries again by itself: pays for it, and pauses for a random
 * time that grows with `attempt`. False if there is no budget or no time.
 */
bool hs_client_may_retry(hs_client *client, int attempt, hs_deadline deadline);

/* Pauses for a random time that grows with `attempt`; false if there is no time. */
bool hs_client_pause(int attempt, hs_deadline deadline);

/* The code for a read: one that may have happened just did not come through. */
int hs_answer_read_code(const hs_answer *answer);

/* The code for a write: UNKNOWN while its fate is open, whatever ended the last attempt.
 */
int hs_answer_write_code(const hs_answer *answer);

void hs_answer_free(hs_answer *answer);

/* Has all connections replaced: what one of them delivered was not meant for us. */
void hs_client_distrust(hs_client *client);

#endif
