#include "session/session_write.h"

#include <string.h>

#include "base/memory.h"
#include "record/express.h"

/* ---- The record that is written ---- */

bool hs_session_user_differs_from(const session *s, const hs_record *record)
{
    if (!s->user_changed)
        return false;
    if (s->user == NULL || record->user.length == 0)
        return s->user != NULL || record->user.length > 0;
    return !hs_json_name_is(record->user, s->user);
}

bool hs_session_user_differs(const session *s)
{
    return hs_session_user_differs_from(s, &s->record);
}

int hs_session_begin_listing(const session *s, hs_listing *listing, hs_deadline deadline)
{
    const hs_listing_change change = {
        .record = &s->record,
        .previous = hs_session_is_stored(s) ? &s->address : NULL,
        .user_changed = hs_session_user_differs(s),
        .user = s->user,
        .note = s->device,
    };
    return hs_listing_begin(listing, s->store, &change, deadline);
}

static hs_slice between_quotes(const char *json)
{
    return json != NULL ? (hs_slice){json + 1, strlen(json) - 2} : (hs_slice){0};
}

/* A write that is sent again because its answer was lost is the same write. */
static void add_nonce(const session *s, hs_nonces *nonces)
{
    char nonce[HS_NONCE_LENGTH];
    if (s->is_as_lost && s->lost.count > 0)
        memcpy(nonce, s->lost.values[0], sizeof nonce);
    else
        hs_id_nonce(nonce);
    hs_nonces_add(nonces, nonce);
}

hs_record hs_session_next_record(const session *s)
{
    hs_record record = s->record;
    if (!record.has_metadata) {
        record.has_metadata = true;
        record.created = hs_clock_unix_ms();
        record.absolute_expires_at = record.created + s->store->settings.lifetime;
    }
    if (hs_session_user_differs(s)) {
        record.user = between_quotes(s->user_json);
        record.login = hs_clock_unix_us();
    }
    add_nonce(s, &record.nonces);
    return record;
}

int hs_session_add_shared_fields(session *s)
{
    if (!hs_store_is_shared(s->store))
        return SESSION_OK;
    int64_t now = hs_clock_unix_ms();
    hs_record record = hs_session_next_record(s);
    int64_t ttl_ms = hs_store_ttl_ms(s->store, &record, now);
    hs_session_drop_json(s);
    int rc =
        hs_express_mend_cookie(&s->record.fields, s->store->settings.ttl, ttl_ms, now);
    /* There are as many fields as a record can hold. */
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

size_t hs_session_max_size(const session *s)
{
    size_t most = (size_t)s->store->settings.max_size;
    return hs_session_is_stored(s) ? most + HS_METADATA_GROWTH : most;
}

void hs_session_commit(session *s, hs_record *written)
{
    int64_t now = hs_clock_unix_ms();
    int64_t ttl_ms = hs_store_ttl_ms(s->store, written, now);
    hs_session_forget_user(s);
    hs_session_adopt(s, written, now + ttl_ms);
}

/* ---- Under a new id ---- */

static void draw_address(const session_store *store, hs_address *address)
{
    char id[HS_ID_SIZE];
    hs_id_generate(id);
    hs_store_address(store, id, 0, address);
    hs_memory_wipe(id, sizeof id);
}

/* Writes to an address that nobody has had before. */
static int write_new_once(session *s, hs_listing *listing, bool commits,
                          hs_address *address, hs_record *written)
{
    hs_record from = hs_session_next_record(s);
    if (hs_session_is_stored(s))
        memcpy(from.from, hs_address_storage_id(&s->address), sizeof from.from);
    draw_address(s->store, address);
    int rc = hs_store_rewrite(s->store, &from, address, hs_session_max_size(s), written);
    if (rc != SESSION_OK)
        return rc;
    rc = hs_listing_create(listing, address, written, commits);
    if (rc == SESSION_OK)
        return SESSION_OK;
    /* What may have been written is blocked, because nobody has got its id. */
    if (hs_outcome_is_in_doubt(rc))
        hs_listing_give_up(listing, address);
    else if (rc != SESSION_LIMIT)
        hs_listing_leave(listing, address);
    hs_record_free(written);
    return rc;
}

int hs_session_write_new(session *s, hs_listing *listing, bool commits,
                         hs_address *address, hs_record *written)
{
    const int most_collisions = 3; /* one is as good as impossible */
    int collisions = 0;
    int rc = hs_session_add_shared_fields(s);
    if (rc != SESSION_OK)
        return rc;
    for (int attempt = 0;; attempt++) {
        rc = write_new_once(s, listing, commits, address, written);
        if (rc == SESSION_CONFLICT && ++collisions == most_collisions)
            return SESSION_PROTOCOL; /* no honest server says this */
        if (rc != SESSION_CONFLICT && rc != SESSION_UNKNOWN)
            return rc;
        if (!hs_client_may_retry(&s->store->client, attempt, listing->deadline))
            return rc == SESSION_CONFLICT ? SESSION_UNAVAILABLE : rc;
    }
}

/* ---- Conflicts ---- */

void hs_session_remember_lost(session *s, const hs_record *next)
{
    if (!hs_nonces_have(&s->lost, next->nonces.values[0]))
        hs_nonces_add(&s->lost, next->nonces.values[0]);
    s->is_as_lost = true;
}

bool hs_session_has_arrived(const session *s, const hs_nonces *nonces)
{
    return s->is_as_lost && s->lost.count > 0 &&
           hs_nonces_have(nonces, s->lost.values[0]);
}

/* Puts the session's changes on top of what someone else wrote. */
static int rebase(session *s, hs_record *held)
{
    int rc = hs_fields_merge(&held->fields, &s->record.fields);
    if (rc == SESSION_OK)
        hs_session_adopt(s, held, s->expires_at);
    /* Too many fields together: no record can hold them. */
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

/* Whether a lost write may be what others built on so often that no trace is left. */
static bool has_lost_trace(const session *s, const hs_record *held)
{
    return s->lost.count > 0 && held->nonces.count == HS_NONCES &&
           !hs_nonces_meet(&s->record.nonces, &held->nonces);
}

/* Whether the write is refused, because somebody else's came before it. */
static bool must_fail(const session *s, const hs_record *held)
{
    bool is_ours =
        held->nonces.count > 0 && hs_nonces_have(&s->lost, held->nonces.values[0]);
    return !is_ours && s->is_strict;
}

/* Whether there is time for another attempt. */
static bool may_write_again(int attempt, hs_deadline deadline)
{
    const int eager = 3; /* attempts without a pause */
    if (hs_deadline_has_passed(deadline))
        return false;
    return attempt < eager || hs_client_pause(attempt - eager, deadline);
}

int hs_session_resolve_conflict(session *s, hs_record *held, int attempt,
                                hs_deadline deadline, bool *is_done)
{
    bool has_arrived = hs_nonces_meet(&s->lost, &held->nonces);
    *is_done = hs_session_has_arrived(s, &held->nonces);
    if (*is_done) {
        hs_session_commit(s, held);
        return SESSION_OK;
    }
    if (!has_arrived && has_lost_trace(s, held))
        return SESSION_UNKNOWN;
    if (must_fail(s, held))
        return SESSION_CONFLICT;
    int rc = rebase(s, held);
    if (rc != SESSION_OK)
        return rc;
    return may_write_again(attempt, deadline) ? SESSION_OK : SESSION_CONFLICT;
}
