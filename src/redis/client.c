#include "redis/client.h"

#include <time.h>

#include "base/clock.h"
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
    hs_pool_destroy(&client->pool);
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
    nanosleep(&time, NULL);
    return true;
}

bool hs_client_may_retry(hs_client *client, int attempt, hs_deadline deadline)
{
    return !hs_deadline_has_passed(deadline) && pay_retry(client) &&
           hs_client_pause(attempt, deadline);
}

/* ---- One attempt ---- */

/* Whether another attempt may help after the one of this number, from 0. */
static bool take_advice(hs_client *client, hs_advice advice, int number)
{
    bool can_log_in = client->pool.endpoint.password[0] != '\0' && number == 0;
    if (advice == HS_ADVICE_LOG_IN)
        advice = can_log_in ? HS_ADVICE_RECONNECT : HS_ADVICE_GIVE_UP;
    if (advice == HS_ADVICE_RECONNECT)
        hs_pool_replace_connections(&client->pool);
    return advice == HS_ADVICE_RETRY || advice == HS_ADVICE_RECONNECT;
}

/* Makes one attempt, and says what may help after it. */
static hs_advice attempt(hs_client *client, const hs_command *command,
                         hs_deadline deadline, hs_answer *answer)
{
    hs_call call = {
        .command = command,
        .deadline = deadline,
        .replies = answer->replies,
    };
    hs_pool_run(&client->pool, &call);
    if (call.reply_count >= command->decisive) {
        earn_retry(client);
        hs_condition_hear(&client->pool.condition, command, call.replies,
                          call.reply_count);
        return hs_outcome_of_replies(command, answer);
    }
    return hs_outcome_of_silence(call.code, call.result == HS_CALL_LOST, answer);
}

/* Whether another attempt, after the one of this number, is safe and may help. */
static bool may_try_again(hs_client *client, hs_trying trying, hs_advice advice,
                          int number, hs_deadline deadline, const hs_answer *answer)
{
    bool is_safe =
        trying == HS_TRY_AGAIN || (trying == HS_TRY_UNTIL_DOUBT && !answer->in_doubt);
    bool may_help = take_advice(client, advice, number);
    return is_safe && may_help && hs_client_may_retry(client, number, deadline);
}

void hs_client_run(hs_client *client, hs_command *command, hs_deadline deadline,
                   hs_trying trying, hs_answer *answer)
{
    if (hs_answer_begin(answer, command) != SESSION_OK)
        return;
    for (int i = 0;; i++) {
        hs_advice advice = attempt(client, command, deadline, answer);
        if (advice == HS_ADVICE_SEND_SCRIPT && command->script != NULL)
            hs_command_send_script(command);
        else if (!may_try_again(client, trying, advice, i, deadline, answer))
            return;
        hs_answer_clear(answer);
        if (command->bytes.failed) {
            answer->code = SESSION_NO_MEMORY;
            return;
        }
    }
}
