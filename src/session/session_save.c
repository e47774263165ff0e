/* Writing a session: create and save. */
#include "base/clock.h"
#include "events/event_publish.h"
#include "record/express.h"
#include "session/session_write.h"

static bool is_changed(const session *s)
{
    return hs_fields_changed(&s->record.fields) || s->device != NULL ||
           hs_session_user_differs(s);
}

/* ---- The first save ---- */

static int save_first(session *s, hs_deadline deadline)
{
    hs_listing listing;
    hs_address address = {0};
    hs_record written = {0};
    int rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK)
        rc = hs_session_write_new(s, &listing, true, &address, &written);
    if (rc == SESSION_OK)
        rc = hs_listing_settle(&listing, &address, &written);
    if (rc == SESSION_OK) {
        s->address = address;
        hs_session_commit(s, &written);
        hs_events_publish_new(s->store, NULL, &address, listing.user, deadline);
    }
    if (rc == SESSION_NOT_FOUND) /* its lifetime was over before it was stored */
        rc = SESSION_UNAVAILABLE;
    hs_record_free(&written);
    hs_listing_end(&listing);
    hs_address_wipe(&address);
    return rc;
}

/* ---- Saving over what was read ---- */

/* Whether a save prolongs the session by so much that its user's list is to know. */
static bool prolongs(const session *s, int64_t ttl_ms)
{
    int64_t interval = s->store->settings.touch_interval;
    int64_t gain = hs_clock_unix_ms() + ttl_ms - s->expires_at;
    return gain >= (interval > 0 ? interval : 1);
}

/* The commands that tell the user's list of the save; none if nothing is new. */
static int tell_list(const session *s, const hs_record *next, int64_t ttl_ms,
                     hs_command *command, hs_deadline deadline)
{
    hs_listing listing;
    hs_command_begin(command);
    if (s->device == NULL && !prolongs(s, ttl_ms))
        return SESSION_OK;
    int rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK)
        hs_listing_add_place(&listing, command, &s->address, next);
    hs_listing_end(&listing);
    return rc;
}

static int replace(session *s, const hs_record *next, hs_deadline deadline,
                   hs_instead *instead)
{
    hs_command after;
    int64_t ttl_ms = hs_store_ttl_ms(s->store, next, hs_clock_unix_ms());
    const hs_replacement replacement = {
        .address = &s->address,
        .before = &s->record,
        .next = next,
        .ttl_ms = ttl_ms,
        .mark_ttl_ms = 1,
        .mark = hs_slice_of(""),
        .after = &after,
    };
    int rc = tell_list(s, next, ttl_ms, &after, deadline);
    if (rc == SESSION_OK)
        rc = hs_store_replace(s->store, &replacement, deadline, instead);
    hs_command_free(&after);
    return rc;
}

/* Whether this write was among the last ones of a session that moved then. */
static bool arrived_before_move(const session *s, const hs_record *next,
                                const hs_mark *mark)
{
    return hs_nonces_have(&mark->nonces, next->nonces.values[0]) ||
           hs_session_has_arrived(s, &mark->nonces);
}

/* Writes once over what was read. CONFLICT leaves what Redis holds in `held`. */
static int save_once(session *s, hs_deadline deadline, hs_record *held)
{
    hs_record next = {0};
    hs_instead instead = {0};
    int rc = hs_session_add_shared_fields(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = hs_session_next_record(s);
    rc = hs_store_rewrite(s->store, &from, &s->address, hs_session_max_size(s), &next);
    if (rc != SESSION_OK)
        return rc;
    rc = replace(s, &next, deadline, &instead);
    *held = instead.held;
    if (rc == SESSION_MOVED && arrived_before_move(s, &next, &instead.mark))
        rc = SESSION_OK;
    /* An attempt of this very write whose answer was lost. */
    bool may_be_ours = hs_outcome_is_in_doubt(rc) || rc == SESSION_CONFLICT;
    if (may_be_ours &&
        (rc != SESSION_CONFLICT || hs_nonces_have(&held->nonces, next.nonces.values[0])))
        hs_session_remember_lost(s, &next);
    if (rc == SESSION_OK)
        hs_session_commit(s, &next);
    hs_record_free(&next);
    return rc;
}

/* Writes again on top of what others wrote meanwhile, until one attempt ends it. */
static int save_over(session *s, hs_deadline deadline)
{
    for (int attempt = 0;; attempt++) {
        hs_record held = {0};
        bool is_done = false;
        int rc = save_once(s, deadline, &held);
        if (rc != SESSION_CONFLICT)
            return rc;
        rc = hs_session_resolve_conflict(s, &held, attempt, deadline, &is_done);
        hs_record_free(&held);
        if (rc != SESSION_OK || is_done)
            return rc;
    }
}

/* Saves a session that is stored. */
static int save_again(session *s, hs_deadline deadline)
{
    bool has_moved;
    int rc = hs_session_finish_move(s, deadline, &has_moved);
    if (rc != SESSION_OK || !is_changed(s))
        return rc;
    if (hs_record_is_retired(&s->record))
        return SESSION_MOVED;
    return hs_session_user_differs(s) ? hs_session_move(s, deadline)
                                      : save_over(s, deadline);
}

static int save(session *s, bool is_strict)
{
    hs_deadline deadline = hs_store_deadline(s->store);
    s->is_strict = is_strict || s->store->settings.on_conflict == HS_CONFLICT_FAIL;
    return hs_session_is_stored(s) ? save_again(s, deadline) : save_first(s, deadline);
}

int session_save(session *s)
{
    return hs_magic_is(s, HS_MAGIC_SESSION) ? save(s, false) : SESSION_INVALID;
}

int session_save_strict(session *s)
{
    return hs_magic_is(s, HS_MAGIC_SESSION) ? save(s, true) : SESSION_INVALID;
}

/* ---- Create ---- */

int session_create(session_store *store, const char *fields_json, session **out)
{
    session *s = NULL;
    if (!hs_magic_is(store, HS_MAGIC_STORE) || out == NULL)
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
