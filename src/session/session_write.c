#include "session/session_write.h"

#include <string.h>

#include "base/memory.h"
#include "record/express.h"

/* ---- The record that is written ---- */

bool hs_session_listing_is_due(const session *s, int64_t now)
{
    bool listed = s->record.user.length > 0 && !s->user_changed;
    return !listed || s->device != NULL ||
           now - s->record.seen >= s->store->settings.touch_interval;
}

int hs_session_begin_listing(const session *s, hs_listing *listing, hs_deadline deadline)
{
    const hs_listing_change change = {
        .record = &s->record,
        .previous = hs_session_is_stored(s) ? &s->address : NULL,
        .user_changed = s->user_changed,
        .user = s->user,
        .note = s->device,
    };
    return hs_listing_begin(listing, s->store, &change, deadline);
}

static hs_slice between_quotes(const char *json)
{
    return json != NULL ? (hs_slice){json + 1, strlen(json) - 2} : (hs_slice){0};
}

hs_record hs_session_next_record(const session *s)
{
    hs_record record = s->record;
    int64_t now = hs_clock_unix_ms();
    if (!record.has_metadata) {
        record.has_metadata = true;
        record.created = now;
        record.absolute_expires_at = record.created + s->store->settings.lifetime;
    }
    if (s->user_changed)
        record.user = between_quotes(s->user_json);
    if (hs_session_listing_is_due(s, now))
        record.seen = now;
    return record;
}

int hs_session_add_shared_fields(session *s)
{
    if (!hs_store_is_shared(s->store))
        return SESSION_OK;
    int64_t now = hs_clock_unix_ms();
    hs_record record = hs_session_next_record(s);
    int64_t ttl_ms = hs_store_ttl_ms(s->store, &record, now);
    hs_session_changed(s);
    int rc =
        hs_express_mend_cookie(&s->record.fields, s->store->settings.ttl, ttl_ms, now);
    /* There are as many fields as a record can hold. */
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

void hs_session_commit(session *s, hs_record *written)
{
    int64_t now = hs_clock_unix_ms();
    int64_t ttl_ms = hs_store_ttl_ms(s->store, written, now);
    hs_memory_wipe(s->lost_nonce, sizeof s->lost_nonce);
    hs_session_forget_user(s);
    hs_session_adopt(s, written, now + ttl_ms);
}

/* ---- Under a new id ---- */

/*
 * Writes to an address that nobody has had before; the user's list is told first.
 * If nobody can tell whether Redis applied the write, the record is left to
 * expire: the id was never returned, so nobody can use that session.
 */
static int write_new_once(session *s, hs_listing *listing, const hs_address *address,
                          hs_deadline deadline, hs_record *written)
{
    hs_record from = hs_session_next_record(s);
    int rc = hs_listing_before_write(listing, address, &from);
    if (rc != SESSION_OK)
        return rc;
    rc = hs_store_create(s->store, address, &from, deadline, written);
    if (rc != SESSION_OK && !hs_outcome_is_in_doubt(rc))
        hs_listing_undo(listing, rc);
    return rc;
}

static void draw_address(const session_store *store, hs_address *address)
{
    char id[HS_ID_SIZE];
    hs_id_generate(id);
    hs_store_address(store, id, 0, address);
    hs_memory_wipe(id, sizeof id);
}

int hs_session_write_new(session *s, hs_listing *listing, hs_deadline deadline,
                         hs_address *address, hs_record *written)
{
    const int most_collisions = 3; /* one is as good as impossible */
    int collisions = 0;
    int rc = hs_session_add_shared_fields(s);
    if (rc != SESSION_OK)
        return rc;
    for (int attempt = 0;; attempt++) {
        draw_address(s->store, address);
        rc = write_new_once(s, listing, address, deadline, written);
        if (rc == SESSION_CONFLICT && ++collisions == most_collisions)
            return SESSION_PROTOCOL; /* no honest server says this */
        if (rc != SESSION_CONFLICT && rc != SESSION_UNKNOWN)
            return rc;
        if (!hs_client_may_retry(&s->store->client, attempt, deadline))
            return rc == SESSION_CONFLICT ? SESSION_UNAVAILABLE : rc;
    }
}

void hs_session_take_back(session *s, hs_listing *listing, const hs_address *address,
                          hs_deadline deadline)
{
    bool deleted;
    int rc = hs_store_delete(s->store, &address->key, HS_TRY_ONCE, deadline, &deleted);
    if (rc == SESSION_OK)
        hs_listing_undo(listing, SESSION_NOT_FOUND);
}

/* ---- Conflicts ---- */

/* Puts the session's changes on top of what someone else wrote. */
static int rebase(session *s, hs_record *held)
{
    int rc = hs_fields_merge(&held->fields, &s->record.fields);
    if (rc == SESSION_OK)
        hs_session_adopt(s, held, s->expires_at);
    /* Too many fields together: no record can hold them. */
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

/*
 * Another writer's record is there instead of the one that was read. OK if the
 * session now builds on it and may try again.
 */
static int resolve_conflict(session *s, hs_record *held, int attempt,
                            hs_deadline deadline)
{
    const int eager = 3; /* attempts without a pause */
    bool is_ours =
        held->has_metadata && memcmp(held->nonce, s->lost_nonce, sizeof held->nonce) == 0;
    if (!is_ours && s->store->settings.on_conflict == HS_CONFLICT_FAIL)
        return SESSION_CONFLICT;
    int rc = rebase(s, held);
    if (rc != SESSION_OK)
        return rc;
    if (hs_deadline_has_passed(deadline))
        return SESSION_CONFLICT;
    return attempt < eager || hs_client_pause(attempt - eager, deadline)
               ? SESSION_OK
               : SESSION_CONFLICT;
}

int hs_session_write_through(session *s, hs_session_write_once *once,
                             hs_deadline deadline)
{
    for (int attempt = 0;; attempt++) {
        hs_record held = {0};
        int rc = once(s, deadline, &held);
        if (rc != SESSION_CONFLICT)
            return rc;
        rc = resolve_conflict(s, &held, attempt, deadline);
        hs_record_free(&held);
        if (rc != SESSION_OK)
            return rc;
    }
}
