/* Reading a session, and keeping it alive: get, reload and touch. */
#include "base/clock.h"
#include "session/session_write.h"
#include "store/store.h"
#include "users/listing.h"

/* ---- How long it lives ---- */

/* When a key with this remaining ttl ends; 0 for never. */
static int64_t end_of(const hs_record *record, int64_t remaining_ttl_ms, int64_t now)
{
    if (remaining_ttl_ms < 0)
        return 0;
    if (record->has_metadata && remaining_ttl_ms > record->absolute_expires_at - now)
        return record->absolute_expires_at;
    return remaining_ttl_ms < INT64_MAX - now ? now + remaining_ttl_ms : INT64_MAX;
}

/* The ttl to extend a session to, 0 if no extension is due. */
static int64_t due_extension(const session_store *store, const hs_record *record,
                             int64_t remaining_ttl_ms, int64_t now)
{
    int64_t interval = store->settings.touch_interval;
    int64_t ttl_ms = hs_store_ttl_ms(store, record, now);
    if (hs_record_is_retired(record) || ttl_ms <= 0)
        return 0;
    if (remaining_ttl_ms < 0) /* another program took the key's expiry away */
        return ttl_ms;
    return ttl_ms - remaining_ttl_ms >= (interval > 0 ? interval : 1) ? ttl_ms : 0;
}

/* Sends an extension; the user's list, which may have been lost, is told with it. */
static int extend(session_store *store, const hs_address *address,
                  const hs_record *record, int64_t ttl_ms, bool endless, hs_trying trying,
                  hs_deadline deadline)
{
    hs_command after;
    hs_command_begin(&after);
    hs_listing_add_presence(store, &after, address, record);
    int rc = hs_store_extend(store, address, ttl_ms, endless, &after, trying, deadline);
    hs_command_free(&after);
    return rc;
}

/* ---- Get and reload ---- */

/* Reads a session; as activity, if the store takes reads for that. */
static int load(session_store *store, const char *id, bool is_activity,
                hs_address *address, hs_record *record, int64_t *expires_at)
{
    int64_t remaining_ttl_ms, ttl_ms = 0;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = hs_store_read(store, id, deadline, address, record, &remaining_ttl_ms);
    if (rc != SESSION_OK)
        return rc;
    int64_t now = hs_clock_unix_ms();
    if (is_activity && store->settings.touch_on_get != 0)
        ttl_ms = due_extension(store, record, remaining_ttl_ms, now);
    /* A failed extension does not fail the read, so that a server that takes no
     * writes still serves reads. */
    if (ttl_ms > 0 && extend(store, address, record, ttl_ms, remaining_ttl_ms < 0,
                             HS_TRY_ONCE, deadline) == SESSION_OK)
        remaining_ttl_ms = ttl_ms;
    *expires_at = end_of(record, remaining_ttl_ms, now);
    return SESSION_OK;
}

static int get(session_store *store, const char *id, bool is_activity, session **out)
{
    session *s = NULL;
    hs_record record;
    int64_t expires_at;
    if (!hs_magic_is(store, HS_MAGIC_STORE) || id == NULL || out == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    int rc = session_new(store, &s);
    if (rc != SESSION_OK)
        return rc;
    rc = load(store, id, is_activity, &s->address, &record, &expires_at);
    if (rc != SESSION_OK) {
        session_free(s);
        return rc;
    }
    hs_session_adopt(s, &record, expires_at);
    *out = s;
    return SESSION_OK;
}

int session_get(session_store *store, const char *id, session **out)
{
    return get(store, id, true, out);
}

int session_peek(session_store *store, const char *id, session **out)
{
    return get(store, id, false, out);
}

/* A reload changes nothing that is stored, but it must know under which id to read. */
static int finish_move(session *s)
{
    bool has_moved;
    int rc = hs_session_finish_move(s, hs_store_deadline(s->store), &has_moved);
    return rc == SESSION_UNKNOWN ? SESSION_UNAVAILABLE : rc;
}

int session_reload(session *s)
{
    hs_address address = {0};
    hs_record record;
    int64_t expires_at;
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return SESSION_INVALID;
    if (!hs_session_is_stored(s))
        return SESSION_NOT_FOUND;
    int rc = finish_move(s);
    if (rc == SESSION_OK)
        rc = load(s->store, s->address.id, true, &address, &record, &expires_at);
    if (rc == SESSION_OK) {
        s->address = address;
        hs_session_forget_user(s);
        hs_session_adopt(s, &record, expires_at);
    }
    hs_address_wipe(&address);
    return rc;
}

/* ---- Touch ---- */

/* Extends what was read, if it is due. NOT_FOUND if that changed nothing. */
static int extend_if_due(session_store *store, const hs_address *address,
                         const hs_record *record, int64_t remaining_ttl_ms,
                         hs_deadline deadline)
{
    int64_t ttl_ms = due_extension(store, record, remaining_ttl_ms, hs_clock_unix_ms());
    if (ttl_ms == 0)
        return SESSION_OK;
    return extend(store, address, record, ttl_ms, remaining_ttl_ms < 0, HS_TRY_AGAIN,
                  deadline);
}

/* Whether a session that an extension did not change is still there. */
static int confirm_it_lives(session_store *store, const hs_address *address,
                            hs_deadline deadline)
{
    hs_address found;
    hs_record again;
    int64_t remaining_ttl_ms;
    int rc =
        hs_store_read(store, address->id, deadline, &found, &again, &remaining_ttl_ms);
    if (rc == SESSION_OK)
        hs_record_free(&again);
    hs_address_wipe(&found);
    return rc;
}

int session_touch(session_store *store, const char *id)
{
    hs_address address;
    hs_record record;
    int64_t remaining_ttl_ms;
    if (!hs_magic_is(store, HS_MAGIC_STORE) || id == NULL)
        return SESSION_INVALID;
    if (!hs_store_takes_id(store, id))
        return SESSION_BAD_ID;
    hs_deadline deadline = hs_store_deadline(store);
    int rc = hs_store_read(store, id, deadline, &address, &record, &remaining_ttl_ms);
    if (rc == SESSION_OK) {
        rc = extend_if_due(store, &address, &record, remaining_ttl_ms, deadline);
        if (rc == SESSION_NOT_FOUND)
            rc = confirm_it_lives(store, &address, deadline);
        hs_record_free(&record);
    }
    hs_address_wipe(&address);
    return rc;
}
