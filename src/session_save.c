/* Writing a session: create, save and regenerate. */
#include <string.h>

#include "clock.h"
#include "events_publish.h"
#include "express.h"
#include "memory.h"
#include "session.h"
#include "store.h"

/* The session's record as it is to be written; it still belongs to the session. */
static hs_record draft(const session *s)
{
    hs_record record = s->record;
    if (!record.has_metadata) {
        record.has_metadata = true;
        record.created = hs_clock_unix_ms();
        record.deadline = record.created + s->store->settings.lifetime;
    }
    return record;
}

/* Gives the session what others who read its record need. */
static int prepare(session *s)
{
    if (!hs_store_is_shared(s->store))
        return SESSION_OK;
    int64_t now = hs_clock_unix_ms();
    hs_record record = draft(s);
    int64_t life = hs_store_life(s->store, &record, now);
    hs_session_changed(s);
    int rc = hs_express_mend_cookie(&s->record.fields, s->store->settings.ttl, life, now);
    /* There are as many fields as a record can hold. */
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

/* Makes `written` what the session holds. */
static void settle(session *s, hs_record *written)
{
    int64_t now = hs_clock_unix_ms();
    int64_t life = hs_store_life(s->store, written, now);
    hs_memory_wipe(s->lost_nonce, sizeof s->lost_nonce);
    hs_session_adopt(s, written, now + life);
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

/*
 * Someone else's record stands in the way. OK if the session now builds on it
 * and may try again.
 */
static int resolve_conflict(session *s, hs_record *held, int attempt, int64_t deadline)
{
    const int eager = 3; /* attempts without a pause */
    bool is_ours =
        held->has_metadata && memcmp(held->nonce, s->lost_nonce, sizeof held->nonce) == 0;
    if (!is_ours && s->store->settings.on_conflict == HS_CONFLICT_FAIL)
        return SESSION_CONFLICT;
    int rc = rebase(s, held);
    if (rc != SESSION_OK)
        return rc;
    if (hs_clock_monotonic_ms() >= deadline)
        return SESSION_CONFLICT;
    return attempt < eager || hs_client_pause(attempt - eager, deadline)
               ? SESSION_OK
               : SESSION_CONFLICT;
}

/* One attempt to write; CONFLICT leaves what Redis holds in `held`. */
typedef int write_once(session *s, int64_t deadline, hs_record *held);

/* Writes again on top of what others wrote meanwhile, until it is settled. */
static int write_through(session *s, write_once *once, int64_t deadline)
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

/* ---- Create and save ---- */

static int save_first(session *s, int64_t deadline)
{
    hs_record written;
    int rc = prepare(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = draft(s);
    rc = hs_store_create(s->store, &from, deadline, s->id, &written);
    if (rc != SESSION_OK)
        return rc;
    settle(s, &written);
    hs_events_publish_new(s->store, NULL, 0, s->id, deadline);
    return SESSION_OK;
}

static int save_once(session *s, int64_t deadline, hs_record *held)
{
    hs_record next;
    int rc = prepare(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = draft(s);
    rc = hs_store_rewrite(s->store, &from, s->id, (size_t)s->store->settings.max_size,
                          &next);
    if (rc != SESSION_OK)
        return rc;
    int64_t life = hs_store_life(s->store, &next, hs_clock_unix_ms());
    rc = hs_store_replace(s->store, s->id, &s->record, &next, life, deadline, held);
    if (rc == SESSION_OK) {
        settle(s, &next);
        return rc;
    }
    if (rc == SESSION_UNKNOWN || rc == SESSION_PROTOCOL)
        memcpy(s->lost_nonce, next.nonce, sizeof s->lost_nonce);
    hs_record_free(&next);
    return rc;
}

int session_save(session *s)
{
    if (s == NULL)
        return SESSION_INVALID;
    int64_t deadline = hs_store_deadline(s->store);
    if (!hs_session_is_stored(s))
        return save_first(s, deadline);
    if (!hs_fields_changed(&s->record.fields))
        return SESSION_OK;
    if (hs_record_is_retired(&s->record))
        return SESSION_NOT_FOUND;
    return write_through(s, save_once, deadline);
}

int session_create(session_store *store, const char *fields_json, session **out)
{
    session *s = NULL;
    if (store == NULL || out == NULL)
        return SESSION_INVALID;
    int rc = session_new(store, &s);
    if (rc == SESSION_OK && fields_json != NULL)
        rc = hs_record_read_fields(fields_json, &s->record.fields);
    if (rc == SESSION_OK && hs_store_is_shared(store) &&
        hs_express_reserves_any(&s->record.fields))
        rc = SESSION_INVALID;
    if (rc == SESSION_OK)
        rc = session_save(s);
    if (rc == SESSION_OK)
        *out = s;
    else
        session_free(s);
    return rc;
}

/* ---- Regenerate ---- */

/*
 * The last form of the old id's record: as it was read, without the changes,
 * with the grace as its absolute timeout, so that no late extension prolongs it.
 */
static int make_retired(const session *s, const char *next_id, hs_record *out)
{
    hs_record old = {0};
    hs_record from = draft(s);
    int64_t end = hs_clock_unix_ms() + s->store->settings.regenerate_grace;
    int rc = hs_record_decode(s->record.text, s->record.text_length, &old);
    if (rc != SESSION_OK)
        return rc;
    from.fields = old.fields;
    if (end < from.deadline)
        from.deadline = end;
    memcpy(from.next, next_id, sizeof from.next);
    rc = hs_store_rewrite(s->store, &from, s->id, SIZE_MAX, out);
    hs_fields_free(&old.fields);
    return rc;
}

/* Retires the old id in favour of the next one, as hs_store_replace(). */
static int retire(session *s, const char *next_id, int64_t deadline, hs_record *held)
{
    hs_record retired = {0};
    int64_t grace = s->store->settings.regenerate_grace;
    if (grace == 0)
        return hs_store_replace(s->store, s->id, &s->record, NULL, 1, deadline, held);
    int rc = make_retired(s, next_id, &retired);
    if (rc != SESSION_OK)
        return rc;
    int64_t life = hs_store_life(s->store, &retired, hs_clock_unix_ms());
    rc = hs_store_replace(s->store, s->id, &s->record, &retired, life, deadline, held);
    hs_record_free(&retired);
    return rc;
}

static int regenerate_once(session *s, int64_t deadline, hs_record *held)
{
    char id[HS_ID_SIZE];
    hs_record written;
    int rc = prepare(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = draft(s);
    rc = hs_store_create(s->store, &from, deadline, id, &written);
    if (rc != SESSION_OK)
        return rc;
    rc = retire(s, id, deadline, held);
    if (rc == SESSION_OK) {
        memcpy(s->id, id, sizeof s->id);
        settle(s, &written);
    } else {
        /* Nobody has the new id; should it stay, it ends with its ttl. */
        (void)hs_store_remove(s->store, id, written.keyed_by, HS_TRY_ONCE, deadline);
        hs_record_free(&written);
    }
    hs_memory_wipe(id, sizeof id);
    return rc;
}

int session_regenerate(session *s)
{
    if (s == NULL)
        return SESSION_INVALID;
    if (!hs_session_is_stored(s) || hs_record_is_retired(&s->record))
        return SESSION_NOT_FOUND;
    char before[HS_ID_SIZE];
    int64_t deadline = hs_store_deadline(s->store);
    size_t keyed_by = s->record.keyed_by;
    memcpy(before, s->id, sizeof before);
    int rc = write_through(s, regenerate_once, deadline);
    if (rc == SESSION_OK)
        hs_events_publish_new(s->store, before, keyed_by, s->id, deadline);
    hs_memory_wipe(before, sizeof before);
    return rc;
}
