/* Writing a session: create and save. */
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "record/express.h"
#include "session/session_write.h"

static bool is_changed(const session *s)
{
    return hs_fields_changed(&s->record.fields) || s->user_changed || s->device != NULL;
}

/* ---- The first save ---- */

static int save_first(session *s, hs_deadline deadline)
{
    hs_listing listing;
    hs_address address = {0};
    hs_record written = {0};
    int rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK)
        rc = hs_session_write_new(s, &listing, deadline, &address, &written);
    if (rc != SESSION_OK)
        goto out;
    rc = hs_listing_after_write(&listing);
    if (rc == SESSION_OK) {
        s->address = address;
        hs_session_commit(s, &written);
        hs_events_publish_new(s->store, NULL, &address, listing.user, deadline);
    } else {
        hs_session_take_back(s, &listing, &address, deadline);
    }
out:
    hs_record_free(&written);
    hs_listing_end(&listing);
    hs_address_wipe(&address);
    return rc;
}

/* ---- Saving over what was read ---- */

/* Writes the session's next record over the one that was read. */
static int replace(session *s, const hs_record *from, hs_deadline deadline,
                   hs_record *next, hs_record *held)
{
    int rc = hs_store_rewrite(s->store, from, &s->address,
                              (size_t)s->store->settings.max_size, next);
    if (rc != SESSION_OK)
        return rc;
    int64_t ttl_ms = hs_store_ttl_ms(s->store, next, hs_clock_unix_ms());
    rc =
        hs_store_replace(s->store, &s->address, &s->record, next, ttl_ms, deadline, held);
    if (hs_outcome_is_in_doubt(rc))
        memcpy(s->lost_nonce, next->nonce, sizeof s->lost_nonce);
    return rc;
}

/* Tells the user's list that the session was written; if it was ended, so it is here. */
static int confirm_save(session *s, hs_listing *listing, const hs_record *written,
                        hs_deadline deadline)
{
    int rc = hs_listing_after_write(listing);
    if (rc == SESSION_NOT_FOUND)
        hs_session_take_back(s, listing, &s->address, deadline);
    else if (rc != SESSION_OK) /* the next save finds that this one arrived */
        memcpy(s->lost_nonce, written->nonce, sizeof s->lost_nonce);
    return rc;
}

static int save_once(session *s, hs_deadline deadline, hs_record *held)
{
    hs_listing listing;
    hs_record next = {0};
    int rc = hs_session_add_shared_fields(s);
    if (rc != SESSION_OK)
        return rc;
    hs_record from = hs_session_next_record(s);
    rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK && hs_session_listing_is_due(s, hs_clock_unix_ms()))
        rc = hs_listing_before_write(&listing, &s->address, &from);
    if (rc != SESSION_OK)
        goto out;
    rc = replace(s, &from, deadline, &next, held);
    if (rc == SESSION_OK)
        rc = confirm_save(s, &listing, &next, deadline);
    else if (!hs_outcome_is_in_doubt(rc))
        hs_listing_undo(&listing, rc);
    if (rc == SESSION_OK)
        hs_session_commit(s, &next);
out:
    hs_record_free(&next);
    hs_listing_end(&listing);
    return rc;
}

int session_save(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return SESSION_INVALID;
    hs_deadline deadline = hs_store_deadline(s->store);
    if (!hs_session_is_stored(s))
        return save_first(s, deadline);
    if (!is_changed(s))
        return SESSION_OK;
    if (hs_record_is_retired(&s->record))
        return SESSION_NOT_FOUND;
    return hs_session_write_through(s, save_once, deadline);
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
