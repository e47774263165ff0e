/* Writing records: each function sends one command, and says what became of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

void hs_store_add_create(const session_store *store, hs_command *command,
                         const hs_address *address, const hs_record *record)
{
    int64_t ttl_ms = hs_store_ttl_ms(store, record, hs_clock_unix_ms());
    hs_command_add_create(command, &address->key, record->raw, record->raw_length,
                          ttl_ms > 0 ? ttl_ms : 1);
}

int hs_store_judge_create(session_store *store, const hs_address *address,
                          const hs_answer *answer, int place, hs_deadline deadline)
{
    int rc = hs_outcome_of_write(answer);
    if (answer->reply_count <= place)
        return rc;
    const hs_reply *reply = &answer->replies[place];
    if (rc == SESSION_OK && reply->kind == HS_REPLY_NIL)
        return SESSION_CONFLICT;
    if (rc != SESSION_OK && reply->kind == HS_REPLY_STATUS)
        hs_store_block(store, hs_address_storage_id(address), deadline);
    return rc;
}

/* ---- Replace ---- */

static void add_replace(hs_command *command, const hs_replacement *r)
{
    char ttl[HS_NUMBER_SIZE], mark_ttl[HS_NUMBER_SIZE];
    hs_key keys[2] = {r->address->key};
    hs_key_make_mark(&keys[1], &keys[0]);
    snprintf(ttl, sizeof ttl, "%" PRId64, r->ttl_ms);
    snprintf(mark_ttl, sizeof mark_ttl, "%" PRId64, r->mark_ttl_ms);
    const hs_slice arguments[] = {
        {r->before->raw, r->before->raw_length},
        r->next != NULL ? (hs_slice){r->next->raw, r->next->raw_length} : hs_slice_of(""),
        hs_slice_of(ttl),
        r->mark,
        hs_slice_of(mark_ttl),
    };
    const hs_script_call call = {
        .script = &hs_script_replace,
        .keys = keys,
        .key_count = 2,
        .arguments = arguments,
        .argument_count = sizeof arguments / sizeof arguments[0],
        .expected = {.kinds = HS_REPLY_INTEGER | HS_REPLY_STRING | HS_REPLY_NIL,
                     .least = 1,
                     .most = 1},
    };
    hs_command_add_script(command, &call);
}

/* Takes what the last record of a session that moved says of that. */
static void take_mark(const hs_record *retired, hs_mark *mark)
{
    mark->kind = HS_MARK_MOVED;
    mark->nonces = retired->nonces;
    memcpy(mark->next, retired->next, sizeof mark->next);
}

/* Judges a record that the key holds instead of what was expected. */
static int judge_held(session_store *store, const hs_replacement *r, hs_reply *reply,
                      hs_instead *instead)
{
    hs_record *held = &instead->held;
    memmove(reply->text, reply->text + 1, reply->length);
    reply->length--;
    int rc = hs_store_take_record(store, r->address, reply, held);
    if (rc != SESSION_OK)
        return rc;
    rc = hs_store_check_owner(store, r->address, held);
    if (rc == SESSION_OK && hs_record_is_retired(held)) {
        take_mark(held, &instead->mark);
        rc = SESSION_MOVED;
    } else if (rc == SESSION_OK) {
        bool is_over = hs_record_is_over(held, hs_clock_unix_ms());
        rc = is_over ? SESSION_NOT_FOUND : SESSION_CONFLICT;
    }
    if (rc != SESSION_CONFLICT)
        hs_record_free(held);
    return rc;
}

static int judge_replace(session_store *store, const hs_replacement *r, hs_answer *answer,
                         hs_instead *instead)
{
    int rc = hs_outcome_of_write(answer);
    if (rc != SESSION_OK)
        return rc;
    hs_reply *reply = &answer->replies[0];
    if (reply->kind == HS_REPLY_INTEGER)
        return SESSION_OK;
    if (reply->kind == HS_REPLY_NIL)
        return SESSION_NOT_FOUND;
    if (reply->length > 0 && reply->text[0] == 'r')
        return judge_held(store, r, reply, instead);
    rc = hs_mark_read((hs_slice){reply->text, reply->length}, &instead->mark);
    if (rc != SESSION_OK)
        return rc;
    return instead->mark.kind == HS_MARK_MOVED ? SESSION_MOVED : SESSION_NOT_FOUND;
}

/*
 * Commands that went along decide nothing, so nobody noticed if the server lacks a
 * script of theirs: then they run once more by themselves, which makes it known.
 */
static void run_again_unknown(session_store *store, hs_command *after,
                              const hs_answer *answer, hs_deadline deadline)
{
    hs_advice advice = HS_ADVICE_GIVE_UP;
    bool is_unknown = false;
    for (int i = 1; i < answer->reply_count && !is_unknown; i++)
        if (answer->replies[i].kind == HS_REPLY_ERROR)
            is_unknown =
                hs_outcome_of_error(&answer->replies[i], &advice) != SESSION_OK &&
                advice == HS_ADVICE_SEND_SCRIPT;
    if (is_unknown && after != NULL)
        hs_store_run_minor(store, after, deadline);
}

int hs_store_replace(session_store *store, const hs_replacement *replacement,
                     hs_deadline deadline, hs_instead *instead)
{
    hs_command command;
    hs_answer answer;
    *instead = (hs_instead){0};
    if (replacement->ttl_ms <= 0)
        return SESSION_NOT_FOUND;
    hs_command_begin(&command);
    add_replace(&command, replacement);
    if (replacement->after != NULL)
        hs_command_append(&command, replacement->after, true);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, &answer);
    run_again_unknown(store, replacement->after, &answer, deadline);
    int rc = judge_replace(store, replacement, &answer, instead);
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

/* ---- Extend, and what is of use but not needed ---- */

int hs_store_extend(session_store *store, const hs_address *address, int64_t ttl_ms,
                    bool endless, hs_command *after, hs_trying trying,
                    hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    hs_command_add_extend(&command, &address->key, ttl_ms, endless);
    if (after != NULL)
        hs_command_append(&command, after, true);
    hs_client_run(&store->client, &command, deadline, trying, &answer);
    run_again_unknown(store, after, &answer, deadline);
    int rc = hs_outcome_of_read(&answer);
    if (rc == SESSION_OK && answer.replies[0].integer == 0)
        rc = SESSION_NOT_FOUND;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

bool hs_store_run_minor(session_store *store, hs_command *command, hs_deadline deadline)
{
    hs_answer answer;
    hs_client_run(&store->client, command, deadline, HS_TRY_ONCE, &answer);
    bool is_done = answer.code == SESSION_OK;
    hs_answer_free(&answer);
    return is_done;
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
