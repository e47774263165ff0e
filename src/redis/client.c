#include "redis/client.h"

#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "redis/backoff.h"

/*
 * Every answer earns a tenth of a retry, so that retries add at most a tenth
 * to the load, and an outage uses up no more than what was saved.
 */
enum { RETRY_COST = 10, BUDGET_MOST = 100 * RETRY_COST };

enum { BACKOFF_FIRST_MS = 10, BACKOFF_MOST_MS = 250, ANSWER_MS = 10 };

int hs_client_init(hs_client *client, const hs_endpoint *endpoint,
                   const hs_settings *settings, hs_log log)
{
    atomic_init(&client->retry_budget, BUDGET_MOST);
    return hs_pool_init(&client->pool, endpoint, settings, log);
}

void hs_client_destroy(hs_client *client)
{
    int state = hs_thread_hold_cancel();
    hs_pool_destroy(&client->pool);
    hs_thread_restore_cancel(state);
}

void hs_client_replace_connections(hs_client *client)
{
    hs_log_write(&client->pool.condition.log, SESSION_LOG_ERROR,
                 "a record is not that of its session; connections replaced");
    hs_pool_replace_connections(&client->pool);
}

/* ---- When to try again ---- */

static void earn_retry(hs_client *client)
{
    if (atomic_load_explicit(&client->retry_budget, memory_order_relaxed) < BUDGET_MOST)
        atomic_fetch_add(&client->retry_budget, 1);
}

static bool pay_retry(hs_client *client)
{
    if (atomic_fetch_sub(&client->retry_budget, RETRY_COST) >= RETRY_COST)
        return true;
    atomic_fetch_add(&client->retry_budget, RETRY_COST);
    return false;
}

bool hs_client_pause(int attempt, hs_deadline deadline)
{
    uint32_t pause = hs_backoff_ms(attempt, BACKOFF_FIRST_MS, BACKOFF_MOST_MS);
    /* An attempt without time for an answer would only leave a write in doubt. */
    if (hs_deadline_left(deadline) <= pause + ANSWER_MS)
        return false;
    struct timespec time = {.tv_sec = 0, .tv_nsec = (long)pause * 1000000};
    int state = hs_thread_hold_cancel(); /* callers hold a session and a store */
    nanosleep(&time, NULL);
    hs_thread_restore_cancel(state);
    return true;
}

bool hs_client_may_retry(hs_client *client, int attempt, hs_deadline deadline)
{
    return !hs_deadline_has_passed(deadline) && pay_retry(client) &&
           hs_client_pause(attempt, deadline);
}

/* ---- One attempt ---- */

/* Until when an attempt may last: a read leaves half of the time to one more, in case
 * its answer does not come. */
static hs_deadline limit_attempt(hs_client *client, hs_deadline deadline,
                                 hs_trying trying, const hs_answer *before)
{
    bool may_repeat = trying == HS_TRY_READ && !before->in_doubt &&
                      atomic_load(&client->retry_budget) >= RETRY_COST;
    return may_repeat ? hs_deadline_after(hs_deadline_left(deadline) / 2) : deadline;
}

/* Whether another attempt may help after the one of this number, from 0. */
static bool take_advice(hs_client *client, hs_advice advice, const hs_call *call,
                        int number, int code)
{
    bool can_log_in = client->pool.endpoint.password[0] != '\0' && number == 0;
    bool reconnects =
        advice == HS_ADVICE_LOG_IN
            ? can_log_in
            : advice == HS_ADVICE_RECONNECT && !hs_pool_is_new(&client->pool, call);
    if (reconnects)
        hs_pool_replace_generation(&client->pool, call->generation);
    /* A server that lacks its master for now may soon answer on the same connection. */
    return reconnects || advice == HS_ADVICE_RETRY ||
           (advice == HS_ADVICE_RECONNECT && code == SESSION_UNAVAILABLE);
}

/* Makes one attempt, and says what may help after it. */
static hs_advice attempt(hs_client *client, hs_call *call, hs_answer *answer)
{
    hs_pool_run(&client->pool, call);
    if (call->reply_count >= call->command->decisive) {
        earn_retry(client);
        hs_condition_hear(&client->pool.condition, call->command, call->replies,
                          call->reply_count);
        return hs_outcome_of_replies(call->command, answer);
    }
    return hs_outcome_of_silence(call->code, call->result == HS_CALL_LOST, answer);
}

/* Whether a command that came to this may be sent once more. */
static bool is_safe(hs_trying trying, const hs_answer *answer)
{
    if (trying == HS_TRY_UNTIL_DOUBT)
        return !answer->in_doubt;
    return trying != HS_TRY_ONCE;
}

/* Makes the attempt of this number, from 0; whether there is to be another one. */
static bool try_once(hs_client *client, hs_command *command, hs_deadline deadline,
                     hs_trying trying, int number, hs_answer *answer)
{
    hs_call call = {
        .command = command,
        .deadline = limit_attempt(client, deadline, trying, answer),
        .replies = answer->replies,
    };
    hs_advice advice = attempt(client, &call, answer);
    if (advice == HS_ADVICE_SEND_SCRIPT && command->script != NULL) {
        hs_command_send_script(command);
        return true;
    }
    bool may_help = take_advice(client, advice, &call, number, answer->code);
    return may_help && is_safe(trying, answer) &&
           hs_client_may_retry(client, number, deadline);
}

void hs_client_run(hs_client *client, hs_command *command, hs_deadline deadline,
                   hs_trying trying, hs_answer *answer)
{
    if (hs_answer_begin(answer, command) != SESSION_OK)
        return;
    int state = hs_thread_hold_cancel();
    for (int i = 0; try_once(client, command, deadline, trying, i, answer); i++) {
        hs_answer_clear(answer);
        if (command->bytes.failed) {
            answer->code = SESSION_NO_MEMORY;
            break;
        }
    }
    hs_thread_restore_cancel(state);
}
