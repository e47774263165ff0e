#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "record/sealed.h"

/* What retiring a record may add to one that was within max_size; sealed, a bucket. */
enum { RECORD_SLACK = 64, SEALED_SLACK = 2 * HS_SEAL_BUCKET };

/* What PTTL says of a key that is not there. */
static const int64_t no_key = -2;

bool hs_store_is_shared(const session_store *store)
{
    return store->settings.compat == HS_COMPAT_EXPRESS;
}

bool hs_store_takes_id(const session_store *store, const char *id)
{
    return hs_store_is_shared(store) ? hs_id_is_express(id) : hs_id_is_valid(id);
}

hs_deadline hs_store_deadline(const session_store *store)
{
    return hs_deadline_after(store->settings.deadline);
}

int64_t hs_store_life(const session_store *store, const hs_record *record, int64_t now)
{
    int64_t left = record->absolute_expires_at - now;
    if (!record->has_metadata || left > store->settings.ttl)
        return store->settings.ttl;
    return left;
}

void hs_store_storage_id(const session_store *store, const char *id, size_t keyed_by,
                         char storage_id[HS_ID_SIZE])
{
    if (store->ring != NULL)
        hs_ring_storage_id(store->ring, keyed_by, store->settings.prefix, id, storage_id);
    else
        memcpy(storage_id, id, strlen(id) + 1);
}

size_t hs_store_key_count(const session_store *store)
{
    return store->ring != NULL ? hs_ring_count(store->ring) : 1;
}

static void make_key(const session_store *store, const char *id, size_t keyed_by,
                     hs_key *key)
{
    char storage_id[HS_ID_SIZE];
    hs_store_storage_id(store, id, keyed_by, storage_id);
    hs_key_make(key, store->settings.prefix, storage_id);
    hs_memory_wipe(storage_id, sizeof storage_id);
}

void hs_store_handle(const session_store *store, const char *id, size_t keyed_by,
                     char handle[HS_HANDLE_SIZE])
{
    char storage_id[HS_ID_SIZE];
    hs_store_storage_id(store, id, keyed_by, storage_id);
    hs_id_handle(storage_id, handle);
    hs_memory_wipe(storage_id, sizeof storage_id);
}

/* ---- Reading ---- */

static hs_seal_place seal_place(const session_store *store, const char *id,
                                size_t keyed_by)
{
    return (hs_seal_place){store->ring, store->settings.prefix, id, keyed_by};
}

/* Takes the record out of a reply's string. */
static int take_record(const session_store *store, const char *id, size_t keyed_by,
                       hs_reply *reply, hs_record *record)
{
    int rc;
    size_t slack = store->ring != NULL ? SEALED_SLACK : RECORD_SLACK;
    const hs_seal_place place = seal_place(store, id, keyed_by);
    if (reply->length > (size_t)store->settings.max_size + slack)
        return SESSION_TOO_BIG;
    if (store->ring != NULL)
        rc = hs_sealed_open(&place, reply->text, reply->length, record);
    else
        rc = hs_record_decode(reply->text, reply->length, record);
    if (rc == SESSION_OK)
        *reply = (hs_reply){0};
    return rc;
}

static int judge_read(session_store *store, const char *id, size_t keyed_by,
                      hs_answer *answer, hs_record *record, int64_t *life)
{
    int rc = hs_outcome_of_read(answer);
    if (rc != SESSION_OK)
        return rc;
    *life = answer->replies[1].integer;
    if (answer->replies[0].kind == HS_REPLY_NIL || *life == no_key)
        return SESSION_NOT_FOUND;
    return take_record(store, id, keyed_by, &answer->replies[0], record);
}

/* Reads what one key holds. */
static int read_key(session_store *store, const char *id, size_t keyed_by,
                    hs_deadline deadline, hs_record *record, int64_t *life)
{
    hs_key key;
    hs_command command;
    hs_answer answer;
    make_key(store, id, keyed_by, &key);
    hs_command_get(&command, &key);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, &answer);
    int rc = judge_read(store, id, keyed_by, &answer, record, life);
    hs_answer_free(&answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}

/* Reads the session's key, which may have been made with any of the ring's. */
static int read_once(session_store *store, const char *id, hs_deadline deadline,
                     hs_record *record, int64_t *life)
{
    int rc = SESSION_NOT_FOUND;
    for (size_t key = 0; rc == SESSION_NOT_FOUND && key < hs_store_key_count(store);
         key++)
        rc = read_key(store, id, key, deadline, record, life);
    return rc;
}

/* Whether a second read gives the same bytes: a stray answer would not come twice. */
static bool reads_the_same(session_store *store, const char *id, hs_deadline deadline,
                           const hs_record *record)
{
    hs_record again;
    int64_t life;
    if (read_once(store, id, deadline, &again, &life) != SESSION_OK)
        return false;
    bool same = again.raw_length == record->raw_length &&
                memcmp(again.raw, record->raw, again.raw_length) == 0;
    hs_record_free(&again);
    return same;
}

/*
 * Deals with a record whose check is of another id: OK, or CORRUPT. Express
 * applications copy sessions, our metadata too, to a new id at login.
 */
static int claim(const session_store *store, const char *id, hs_record *record)
{
    if (hs_record_belongs_to(record, id))
        return SESSION_OK;
    if (!hs_store_is_shared(store))
        return SESSION_CORRUPT;
    hs_record_drop_metadata(record);
    return SESSION_OK;
}

/* Whether what was read may be the answer to another call. */
static bool is_strange(session_store *store, const char *id, hs_deadline deadline, int rc,
                       const hs_record *record)
{
    if (rc != SESSION_OK) /* who cannot open a record cannot tell whose it is */
        return rc == SESSION_CORRUPT && store->ring != NULL;
    return !hs_record_belongs_to(record, id) &&
           !(hs_store_is_shared(store) && reads_the_same(store, id, deadline, record));
}

/* Reads a record of this id; one that is past its absolute timeout is none. */
static int read_own(session_store *store, const char *id, hs_deadline deadline,
                    hs_record *record, int64_t *life)
{
    int rc = read_once(store, id, deadline, record, life);
    if (is_strange(store, id, deadline, rc, record)) {
        /* Only a new connection can tell whose fault it is. */
        if (rc == SESSION_OK)
            hs_record_free(record);
        hs_client_replace_connections(&store->client);
        rc = read_once(store, id, deadline, record, life);
    }
    if (rc != SESSION_OK)
        return rc;
    rc = claim(store, id, record);
    if (rc == SESSION_OK && hs_record_is_over(record, hs_clock_unix_ms()))
        rc = SESSION_NOT_FOUND;
    if (rc != SESSION_OK)
        hs_record_free(record);
    return rc;
}

/*
 * A retired record reads on only while the session does that came of it, so
 * that its end ends all its earlier ids.
 */
static int check_successor(session_store *store, const hs_record *retired,
                           hs_deadline deadline)
{
    const int most = 16; /* regenerations within one grace; older ids read no more */
    char id[HS_ID_SIZE];
    memcpy(id, retired->next, sizeof id);
    for (int i = 0; i < most; i++) {
        hs_record next;
        int64_t life;
        int rc = read_own(store, id, deadline, &next, &life);
        if (rc != SESSION_OK)
            return rc;
        bool lives = !hs_record_is_retired(&next);
        memcpy(id, next.next, sizeof id);
        hs_record_free(&next);
        if (lives)
            return SESSION_OK;
    }
    return SESSION_NOT_FOUND;
}

int hs_store_read(session_store *store, const char *id, hs_deadline deadline,
                  hs_record *record, int64_t *life)
{
    int rc = read_own(store, id, deadline, record, life);
    if (rc != SESSION_OK || !hs_record_is_retired(record))
        return rc;
    rc = check_successor(store, record, deadline);
    if (rc != SESSION_OK)
        hs_record_free(record);
    return rc;
}

/* ---- Writing ---- */

int hs_store_rewrite(const session_store *store, const hs_record *from, const char *id,
                     size_t max_size, hs_record *out)
{
    const hs_seal_place place = seal_place(store, id, from->keyed_by);
    int rc = hs_record_rewrite(from, id, max_size, out);
    if (rc != SESSION_OK || store->ring == NULL)
        return rc;
    out->keyed_by = from->keyed_by;
    rc = hs_sealed_close(&place, max_size, out);
    if (rc != SESSION_OK)
        hs_record_free(out);
    return rc;
}

static int create(session_store *store, const char *id, const hs_record *record,
                  hs_deadline deadline)
{
    hs_key key;
    hs_command command;
    hs_answer answer;
    int64_t life = hs_store_life(store, record, hs_clock_unix_ms());
    if (life <= 0)
        return SESSION_NOT_FOUND;
    make_key(store, id, record->keyed_by, &key);
    hs_command_create(&command, &key, record->raw, record->raw_length, life);
    hs_client_run(&store->client, &command, deadline, HS_TRY_UNTIL_DOUBT, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_NIL)
        rc = SESSION_CONFLICT;
    hs_answer_free(&answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}

int hs_store_create(session_store *store, const char *id, const hs_record *from,
                    hs_deadline deadline, hs_record *written)
{
    int rc = hs_store_rewrite(store, from, id, (size_t)store->settings.max_size, written);
    if (rc != SESSION_OK)
        return rc;
    rc = create(store, id, written, deadline);
    if (rc != SESSION_OK)
        hs_record_free(written);
    return rc;
}

/* 1 done; nil, there is no key; a string, what the key holds instead. */
static void run_replace(session_store *store, const hs_key *key, const hs_record *before,
                        const hs_record *next, int64_t life, hs_deadline deadline,
                        hs_answer *answer)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, life);
    const hs_slice arguments[] = {
        {before->raw, before->raw_length},
        {next != NULL ? next->raw : "", next != NULL ? next->raw_length : 0},
        {digits, (size_t)length},
    };
    const hs_script_call call = {
        &hs_script_replace,
        key,
        1,
        arguments,
        3,
        {.kinds = HS_REPLY_INTEGER | HS_REPLY_STRING | HS_REPLY_NIL,
         .least = 1,
         .most = 1},
    };
    hs_client_run_script(&store->client, &call, deadline, answer);
}

/* What the key holds instead of what was expected. */
static int judge_held(session_store *store, const char *id, size_t keyed_by,
                      const hs_record *next, hs_answer *answer, hs_record *held)
{
    int rc = take_record(store, id, keyed_by, &answer->replies[0], held);
    if (rc != SESSION_OK)
        return rc;
    rc = claim(store, id, held);
    /* Of the same write: an earlier attempt arrived, its answer did not. */
    bool arrived = next != NULL && hs_record_same_write(held, next);
    bool ended =
        hs_record_is_retired(held) || hs_record_is_over(held, hs_clock_unix_ms());
    if (rc == SESSION_OK && !arrived)
        rc = ended ? SESSION_NOT_FOUND : SESSION_CONFLICT;
    if (rc != SESSION_CONFLICT)
        hs_record_free(held);
    return rc;
}

int hs_store_replace(session_store *store, const char *id, const hs_record *before,
                     const hs_record *next, int64_t life, hs_deadline deadline,
                     hs_record *held)
{
    hs_key key;
    hs_answer answer;
    if (life <= 0)
        return SESSION_NOT_FOUND;
    make_key(store, id, before->keyed_by, &key);
    run_replace(store, &key, before, next, life, deadline, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_NIL)
        rc = SESSION_NOT_FOUND;
    else if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_STRING)
        rc = judge_held(store, id, before->keyed_by, next, &answer, held);
    hs_answer_free(&answer);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}

int hs_store_remove(session_store *store, const char *id, size_t keyed_by,
                    hs_deadline deadline)
{
    hs_key key;
    hs_command command;
    hs_answer answer;
    make_key(store, id, keyed_by, &key);
    hs_command_destroy(&command, &key);
    hs_client_run(&store->client, &command, deadline, HS_TRY_ONCE, &answer);
    int rc = hs_outcome_of_write(&answer);
    hs_answer_free(&answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}

int hs_store_take(session_store *store, const char *id, size_t keyed_by,
                  const hs_buffer *message, hs_deadline deadline, hs_record *was,
                  bool *told)
{
    hs_key key;
    hs_command command;
    hs_answer answer;
    *was = (hs_record){0};
    make_key(store, id, keyed_by, &key);
    hs_command_take(&command, &key);
    if (message != NULL)
        hs_command_add_publish(&command, store->settings.prefix, message);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_STRING)
        (void)take_record(store, id, keyed_by, &answer.replies[0], was);
    *told = answer.replies[2].kind == HS_REPLY_INTEGER;
    hs_answer_free(&answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}

/* ---- By storage id ---- */

/* Runs a command that needs no more than the key. The answer is the caller's to free. */
static void run_on_key(session_store *store, const char *storage_id,
                       void (*make)(hs_command *, const hs_key *), hs_deadline deadline,
                       hs_answer *answer)
{
    hs_key key;
    hs_command command;
    hs_key_make(&key, store->settings.prefix, storage_id);
    make(&command, &key);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
}

int hs_store_end(session_store *store, const char *storage_id, hs_deadline deadline,
                 bool *ended)
{
    hs_answer answer;
    run_on_key(store, storage_id, hs_command_destroy, deadline, &answer);
    int rc = hs_outcome_of_write(&answer);
    *ended = rc == SESSION_OK && answer.replies[0].integer == 1;
    hs_answer_free(&answer);
    return rc;
}

int hs_store_left(session_store *store, const char *storage_id, hs_deadline deadline,
                  int64_t *life)
{
    hs_answer answer;
    run_on_key(store, storage_id, hs_command_life, deadline, &answer);
    int rc = hs_outcome_of_read(&answer);
    *life = answer.replies[0].integer;
    if (rc == SESSION_OK && *life == no_key)
        rc = SESSION_NOT_FOUND;
    hs_answer_free(&answer);
    return rc;
}

/* ---- Events and extensions ---- */

bool hs_store_publish(session_store *store, const hs_buffer *message,
                      hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_publish(&command, store->settings.prefix, message);
    hs_client_run(&store->client, &command, deadline, HS_TRY_ONCE, &answer);
    bool told = answer.code == SESSION_OK;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return told;
}

int hs_store_extend(session_store *store, const char *id, size_t keyed_by, int64_t life,
                    bool endless, hs_trying trying, hs_deadline deadline)
{
    hs_key key;
    hs_command command;
    hs_answer answer;
    make_key(store, id, keyed_by, &key);
    hs_command_extend(&command, &key, life, endless);
    hs_client_run(&store->client, &command, deadline, trying, &answer);
    int rc = hs_outcome_of_read(&answer);
    if (rc == SESSION_OK && answer.replies[0].integer == 0)
        rc = SESSION_NOT_FOUND;
    hs_answer_free(&answer);
    hs_command_free(&command);
    hs_memory_wipe(&key, sizeof key);
    return rc;
}
