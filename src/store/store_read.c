/* Reading records, and making sure that they are those that were asked for. */
#include <string.h>

#include "base/memory.h"
#include "record/sealed.h"
#include "store/store.h"

/* What later writes may add to a record that was within max_size; sealed, buckets. */
enum { RECORD_SLACK = 2 * HS_METADATA_GROWTH, SEALED_SLACK = 8 * HS_SEAL_BUCKET };

/* What PTTL says of a key that is not there. */
static const int64_t no_key = -2;

int hs_store_take_record(const session_store *store, const hs_address *address,
                         hs_reply *reply, hs_record *record)
{
    int rc;
    size_t slack = store->ring != NULL ? SEALED_SLACK : RECORD_SLACK;
    if (reply->length > (size_t)store->settings.max_size + slack)
        return SESSION_TOO_BIG;
    if (hs_slice_equals((hs_slice){reply->text, reply->length}, hs_record_tombstone))
        return SESSION_NOT_FOUND;
    if (store->ring != NULL)
        rc = hs_sealed_open(address, reply->text, reply->length, record);
    else
        rc = hs_record_decode(reply->text, reply->length, record);
    if (rc == SESSION_OK)
        *reply = (hs_reply){0}; /* its text is the record's now */
    return rc;
}

/* ---- One key ---- */

static int judge_read(session_store *store, const hs_address *address, hs_answer *answer,
                      hs_record *record, int64_t *remaining_ttl_ms)
{
    int rc = hs_outcome_of_read(answer);
    if (rc != SESSION_OK)
        return rc;
    *remaining_ttl_ms = answer->replies[1].integer;
    if (answer->replies[0].kind == HS_REPLY_NIL || *remaining_ttl_ms == no_key)
        return SESSION_NOT_FOUND;
    return hs_store_take_record(store, address, &answer->replies[0], record);
}

static int read_address(session_store *store, const hs_address *address,
                        hs_deadline deadline, hs_record *record,
                        int64_t *remaining_ttl_ms)
{
    hs_command command;
    hs_answer answer;
    hs_command_get(&command, &address->key);
    hs_client_run(&store->client, &command, deadline, HS_TRY_READ, &answer);
    int rc = judge_read(store, address, &answer, record, remaining_ttl_ms);
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

/* Reads the session with this id, whichever key of the ring hashed it. */
static int read_once(session_store *store, const char *id, hs_deadline deadline,
                     hs_address *address, hs_record *record, int64_t *remaining_ttl_ms)
{
    int rc = SESSION_NOT_FOUND;
    for (size_t i = 0; rc == SESSION_NOT_FOUND && i < hs_store_key_count(store); i++) {
        hs_store_address(store, id, i, address);
        rc = read_address(store, address, deadline, record, remaining_ttl_ms);
    }
    return rc;
}

/* ---- Whose record it is ---- */

int hs_store_check_owner(const session_store *store, const hs_address *address,
                         hs_record *record)
{
    if (hs_record_belongs_to(record, address->id))
        return SESSION_OK;
    if (!hs_store_is_shared(store))
        return SESSION_CORRUPT;
    hs_record_drop_metadata(record);
    return SESSION_OK;
}

/* Whether a second read gives the same bytes: a stray answer would not come twice. */
static bool confirm_by_rereading(session_store *store, const hs_address *address,
                                 hs_deadline deadline, const hs_record *record)
{
    hs_record again;
    int64_t remaining_ttl_ms;
    if (read_address(store, address, deadline, &again, &remaining_ttl_ms) != SESSION_OK)
        return false;
    bool same = again.raw_length == record->raw_length &&
                memcmp(again.raw, record->raw, again.raw_length) == 0;
    hs_record_free(&again);
    return same;
}

/* Whether what was read may be the answer to another call. */
static bool may_be_misdelivered(session_store *store, const hs_address *address,
                                hs_deadline deadline, int rc, const hs_record *record)
{
    if (rc != SESSION_OK) /* nobody can tell whose record it is that no key opens */
        return rc == SESSION_CORRUPT && store->ring != NULL;
    if (hs_record_belongs_to(record, address->id))
        return false;
    return !hs_store_is_shared(store) ||
           !confirm_by_rereading(store, address, deadline, record);
}

/* Reads a record of this id; one that is past its absolute timeout counts as gone. */
static int read_own(session_store *store, const char *id, hs_deadline deadline,
                    hs_address *address, hs_record *record, int64_t *remaining_ttl_ms)
{
    int rc = read_once(store, id, deadline, address, record, remaining_ttl_ms);
    if (may_be_misdelivered(store, address, deadline, rc, record)) {
        /* Only a new connection can tell whose fault it is. */
        if (rc == SESSION_OK)
            hs_record_free(record);
        hs_client_replace_connections(&store->client);
        rc = read_once(store, id, deadline, address, record, remaining_ttl_ms);
    }
    if (rc != SESSION_OK)
        return rc;
    rc = hs_store_check_owner(store, address, record);
    if (rc == SESSION_OK && hs_record_is_over(record, hs_clock_unix_ms()))
        rc = SESSION_NOT_FOUND;
    if (rc != SESSION_OK)
        hs_record_free(record);
    return rc;
}

int hs_store_read(session_store *store, const char *id, hs_deadline deadline,
                  hs_address *address, hs_record *record, int64_t *remaining_ttl_ms)
{
    int rc = read_own(store, id, deadline, address, record, remaining_ttl_ms);
    if (rc != SESSION_OK || !hs_record_is_retired(record))
        return rc;
    /* A retired record can be read only while its successor lives, so that
     * ending the session ends all its earlier ids. */
    rc = hs_store_follow(store, record, deadline);
    if (rc != SESSION_OK)
        hs_record_free(record);
    return rc;
}
