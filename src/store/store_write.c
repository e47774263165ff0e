/* Writing records: each function sends one command, and says what became of it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/attributes.h"
#include "record/sealed.h"
#include "store/store.h"

int hs_store_rewrite(const session_store *store, const hs_record *from,
                     const hs_address *address, size_t max_size, hs_record *out)
{
    int rc = hs_record_rewrite(from, address->id, max_size, out);
    if (rc != SESSION_OK || store->ring == NULL)
        return rc;
    rc = hs_sealed_close(address, max_size, out);
    if (rc != SESSION_OK)
        hs_record_free(out);
    return rc;
}

/* ---- Create ---- */

static int create(session_store *store, const hs_address *address,
                  const hs_record *record, hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    int64_t ttl_ms = hs_store_ttl_ms(store, record, hs_clock_unix_ms());
    if (ttl_ms <= 0)
        return SESSION_NOT_FOUND;
    hs_command_create(&command, &address->key, record->raw, record->raw_length, ttl_ms);
    hs_client_run(&store->client, &command, deadline, HS_TRY_UNTIL_DOUBT, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_NIL)
        rc = SESSION_CONFLICT;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

int hs_store_create(session_store *store, const hs_address *address,
                    const hs_record *from, hs_deadline deadline, hs_record *written)
{
    int rc =
        hs_store_rewrite(store, from, address, (size_t)store->settings.max_size, written);
    if (rc != SESSION_OK)
        return rc;
    rc = create(store, address, written, deadline);
    if (rc != SESSION_OK)
        hs_record_free(written);
    return rc;
}

/* ---- Replace ---- */

/* 1: replaced; nil: there is no key; a string: what the key holds instead. */
static void run_replace(session_store *store, const hs_address *address,
                        const hs_record *before, const hs_record *next, int64_t ttl_ms,
                        hs_deadline deadline, hs_answer *answer)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, ttl_ms);
    const hs_slice arguments[] = {
        {before->raw, before->raw_length},
        {next != NULL ? next->raw : "", next != NULL ? next->raw_length : 0},
        {digits, (size_t)length},
    };
    const hs_script_call call = {
        .script = &hs_script_replace,
        .keys = &address->key,
        .key_count = 1,
        .arguments = arguments,
        .argument_count = 3,
        .expected = {.kinds = HS_REPLY_INTEGER | HS_REPLY_STRING | HS_REPLY_NIL,
                     .least = 1,
                     .most = 1},
    };
    hs_client_run_script(&store->client, &call, deadline, answer);
}

/* Judges what the key holds instead of what was expected. */
static int judge_held(session_store *store, const hs_address *address,
                      const hs_record *next, hs_answer *answer, hs_record *held)
{
    int rc = hs_store_take_record(store, address, &answer->replies[0], held);
    if (rc != SESSION_OK)
        return rc;
    rc = hs_store_check_owner(store, address, held);
    /* If it is of this very write, an earlier attempt arrived without an answer. */
    bool arrived = next != NULL && hs_record_same_write(held, next);
    bool ended =
        hs_record_is_retired(held) || hs_record_is_over(held, hs_clock_unix_ms());
    if (rc == SESSION_OK && !arrived)
        rc = ended ? SESSION_NOT_FOUND : SESSION_CONFLICT;
    if (rc != SESSION_CONFLICT)
        hs_record_free(held);
    return rc;
}

int hs_store_replace(session_store *store, const hs_address *address,
                     const hs_record *before, const hs_record *next, int64_t ttl_ms,
                     hs_deadline deadline, hs_record *held)
{
    hs_answer answer;
    if (ttl_ms <= 0)
        return SESSION_NOT_FOUND;
    run_replace(store, address, before, next, ttl_ms, deadline, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_NIL)
        rc = SESSION_NOT_FOUND;
    else if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_STRING)
        rc = judge_held(store, address, next, &answer, held);
    hs_answer_free(&answer);
    return rc;
}

/* ---- Delete and extend ---- */

int hs_store_delete(session_store *store, const hs_key *key, hs_trying trying,
                    hs_deadline deadline, bool *deleted)
{
    hs_command command;
    hs_answer answer;
    hs_command_delete(&command, key);
    hs_client_run(&store->client, &command, deadline, trying, &answer);
    int rc = hs_outcome_of_write(&answer);
    *deleted = rc == SESSION_OK && answer.replies[0].integer == 1;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

int hs_store_get_and_delete(session_store *store, const hs_address *address,
                            const hs_buffer *message, hs_deadline deadline,
                            hs_record *was, bool *published)
{
    hs_command command;
    hs_answer answer;
    *was = (hs_record){0};
    hs_command_get_and_delete(&command, &address->key);
    if (message != NULL)
        hs_command_add_publish(&command, store->settings.prefix, message);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_STRING)
        hs_ignore(hs_store_take_record(store, address, &answer.replies[0], was));
    *published = answer.replies[2].kind == HS_REPLY_INTEGER;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

int hs_store_extend(session_store *store, const hs_address *address, int64_t ttl_ms,
                    bool endless, hs_trying trying, hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_extend(&command, &address->key, ttl_ms, endless);
    hs_client_run(&store->client, &command, deadline, trying, &answer);
    int rc = hs_outcome_of_read(&answer);
    if (rc == SESSION_OK && answer.replies[0].integer == 0)
        rc = SESSION_NOT_FOUND;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

/* ---- Events ---- */

bool hs_store_publish(session_store *store, const hs_buffer *message,
                      hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_publish(&command, store->settings.prefix, message);
    hs_client_run(&store->client, &command, deadline, HS_TRY_ONCE, &answer);
    bool published = answer.code == SESSION_OK;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return published;
}
