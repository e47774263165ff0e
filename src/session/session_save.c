/* Writing a session: create, save and regenerate. */
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "record/express.h"
#include "session/session_object.h"
#include "store/store.h"
#include "users/login.h"

static hs_slice between_quotes(const char *json)
{
    return json != NULL ? (hs_slice){json + 1, strlen(json) - 2} : (hs_slice){0};
}

/* The session's record as it is to be written; it still belongs to the session. */
static hs_record draft(const session *s)
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
    if (hs_login_is_due(s, now))
        record.seen = now;
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
    hs_session_forget_user(s);
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

/* One attempt to write; CONFLICT leaves what Redis holds in `held`. */
typedef int write_once(session *s, hs_deadline deadline, hs_record *held);

/* Writes again on top of what others wrote meanwhile, until it is settled. */
static int write_through(session *s, write_once *once, hs_deadline deadline)
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

/*
 * Writes under an id that nobody has had before; the user's list knows it
 * before. One in doubt is left to end with its ttl, for nobody gets the id.
 */
static int create_once(session *s, hs_login *login, const char *id, hs_deadline deadline,
                       hs_record *written)
{
    hs_record from = draft(s);
    from.keyed_by = 0;
    int rc = hs_login_before(login, id, &from);
    if (rc != SESSION_OK)
        return rc;
    rc = hs_store_create(s->store, id, &from, deadline, written);
    if (rc != SESSION_OK && !hs_outcome_is_in_doubt(rc))
        hs_login_undo(login, rc);
    return rc;
}

/* The same with new ids until one is written, which `id` then is. */
static int create(session *s, hs_login *login, hs_deadline deadline, char id[HS_ID_SIZE],
                  hs_record *written)
{
    const int most_collisions = 3; /* one is as good as impossible */
    int collisions = 0;
    int rc = prepare(s);
    if (rc != SESSION_OK)
        return rc;
    for (int attempt = 0;; attempt++) {
        hs_id_generate(id);
        rc = create_once(s, login, id, deadline, written);
        if (rc == SESSION_CONFLICT && ++collisions == most_collisions)
            return SESSION_PROTOCOL; /* no honest server says this */
        if (rc != SESSION_CONFLICT && rc != SESSION_UNKNOWN)
            return rc;
        if (!hs_client_may_retry(&s->store->client, attempt, deadline))
            return rc == SESSION_CONFLICT ? SESSION_UNAVAILABLE : rc;
    }
}

/* Takes back what was written under an id that nobody has yet. */
static void take_back(session *s, hs_login *login, const char *id, size_t keyed_by,
                      hs_deadline deadline)
{
    if (hs_store_remove(s->store, id, keyed_by, deadline) == SESSION_OK)
        hs_login_undo(login, SESSION_NOT_FOUND);
}

static int save_first(session *s, hs_deadline deadline)
{
    char id[HS_ID_SIZE];
    hs_login login;
    hs_record written = {0};
    int rc = hs_login_begin(&login, s, deadline);
    if (rc == SESSION_OK)
        rc = create(s, &login, deadline, id, &written);
    if (rc != SESSION_OK)
        goto out;
    rc = hs_login_after(&login);
    if (rc == SESSION_OK) {
        memcpy(s->id, id, sizeof s->id);
        settle(s, &written);
        hs_events_publish_new(s->store, NULL, 0, s->id, login.user, deadline);
    } else {
        take_back(s, &login, id, written.keyed_by, deadline);
    }
out:
    hs_record_free(&written);
    hs_login_end(&login);
    hs_memory_wipe(id, sizeof id);
    return rc;
}

/* Writes the session's next record over the one that was read. */
static int replace(session *s, const hs_record *from, hs_deadline deadline,
                   hs_record *next, hs_record *held)
{
    int rc = hs_store_rewrite(s->store, from, s->id, (size_t)s->store->settings.max_size,
                              next);
    if (rc != SESSION_OK)
        return rc;
    int64_t life = hs_store_life(s->store, next, hs_clock_unix_ms());
    rc = hs_store_replace(s->store, s->id, &s->record, next, life, deadline, held);
    if (hs_outcome_is_in_doubt(rc))
        memcpy(s->lost_nonce, next->nonce, sizeof s->lost_nonce);
    return rc;
}

/* Tells the user's list that the session was written; if it was ended, so it is here. */
static int confirm_save(session *s, hs_login *login, const hs_record *written,
                        hs_deadline deadline)
{
    int rc = hs_login_after(login);
    if (rc == SESSION_NOT_FOUND)
        take_back(s, login, s->id, written->keyed_by, deadline);
    else if (rc != SESSION_OK) /* the next save finds that this one arrived */
        memcpy(s->lost_nonce, written->nonce, sizeof s->lost_nonce);
    return rc;
}

static int save_once(session *s, hs_deadline deadline, hs_record *held)
{
    hs_login login;
    hs_record next = {0};
    int rc = prepare(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = draft(s);
    rc = hs_login_begin(&login, s, deadline);
    if (rc == SESSION_OK && hs_login_is_due(s, hs_clock_unix_ms()))
        rc = hs_login_before(&login, s->id, &from);
    if (rc != SESSION_OK)
        goto out;
    rc = replace(s, &from, deadline, &next, held);
    if (rc == SESSION_OK)
        rc = confirm_save(s, &login, &next, deadline);
    else if (!hs_outcome_is_in_doubt(rc))
        hs_login_undo(&login, rc);
    if (rc == SESSION_OK)
        settle(s, &next);
out:
    hs_record_free(&next);
    hs_login_end(&login);
    return rc;
}

static bool is_changed(const session *s)
{
    return hs_fields_changed(&s->record.fields) || s->user_changed || s->device != NULL;
}

int session_save(session *s)
{
    if (s == NULL)
        return SESSION_INVALID;
    hs_deadline deadline = hs_store_deadline(s->store);
    if (!hs_session_is_stored(s))
        return save_first(s, deadline);
    if (!is_changed(s))
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
    from.user = old.user;
    if (end < from.absolute_expires_at)
        from.absolute_expires_at = end;
    memcpy(from.next, next_id, sizeof from.next);
    rc = hs_store_rewrite(s->store, &from, s->id, SIZE_MAX, out);
    hs_fields_free(&old.fields);
    return rc;
}

/* Retires the old id in favour of the next one, as hs_store_replace(). */
static int retire(session *s, const char *next_id, hs_deadline deadline, hs_record *held)
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

static int regenerate_once(session *s, hs_deadline deadline, hs_record *held)
{
    char id[HS_ID_SIZE];
    hs_login login;
    hs_record written = {0};
    int rc = hs_login_begin(&login, s, deadline);
    if (rc == SESSION_OK)
        rc = create(s, &login, deadline, id, &written);
    if (rc != SESSION_OK)
        goto out;
    rc = retire(s, id, deadline, held);
    if (rc == SESSION_OK)
        rc = hs_login_after(&login);
    if (rc == SESSION_OK) {
        memcpy(s->id, id, sizeof s->id);
        settle(s, &written);
    } else {
        /* Nobody has the new id; should it stay, it ends with its ttl. */
        take_back(s, &login, id, written.keyed_by, deadline);
    }
out:
    hs_record_free(&written);
    hs_login_end(&login);
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
    hs_deadline deadline = hs_store_deadline(s->store);
    size_t keyed_by = s->record.keyed_by;
    memcpy(before, s->id, sizeof before);
    int rc = write_through(s, regenerate_once, deadline);
    if (rc == SESSION_OK)
        hs_events_publish_new(s->store, before, keyed_by, s->id, session_user(s),
                              deadline);
    hs_memory_wipe(before, sizeof before);
    return rc;
}
