/* Moving a session to a new id; its old id reads on for the grace. */
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "session/session_write.h"

/*
 * The last form of the old id's record: as it was read, without the changes,
 * with the end of the grace as its absolute timeout, so that no late extension
 * prolongs it.
 */
static int make_retired(const session *s, const hs_address *next, hs_record *out)
{
    hs_record old = {0};
    hs_record from = hs_session_next_record(s);
    int64_t end = hs_clock_unix_ms() + s->store->settings.regenerate_grace;
    int rc = hs_record_decode(s->record.text, s->record.text_length, &old);
    if (rc != SESSION_OK)
        return rc;
    from.fields = old.fields;
    from.user = old.user;
    if (end < from.absolute_expires_at)
        from.absolute_expires_at = end;
    memcpy(from.next, next->id, sizeof from.next);
    rc = hs_store_rewrite(s->store, &from, &s->address, SIZE_MAX, out);
    hs_fields_free(&old.fields);
    return rc;
}

/* Retires the old id in favour of the next one, as hs_store_replace(). */
static int retire(session *s, const hs_address *next, hs_deadline deadline,
                  hs_record *held)
{
    hs_record retired = {0};
    if (s->store->settings.regenerate_grace == 0)
        return hs_store_replace(s->store, &s->address, &s->record, NULL, 1, deadline,
                                held);
    int rc = make_retired(s, next, &retired);
    if (rc != SESSION_OK)
        return rc;
    int64_t ttl_ms = hs_store_ttl_ms(s->store, &retired, hs_clock_unix_ms());
    rc = hs_store_replace(s->store, &s->address, &s->record, &retired, ttl_ms, deadline,
                          held);
    hs_record_free(&retired);
    return rc;
}

static int regenerate_once(session *s, hs_deadline deadline, hs_record *held)
{
    hs_listing listing;
    hs_address address = {0};
    hs_record written = {0};
    int rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK)
        rc = hs_session_write_new(s, &listing, deadline, &address, &written);
    if (rc != SESSION_OK)
        goto out;
    rc = retire(s, &address, deadline, held);
    if (rc == SESSION_OK)
        rc = hs_listing_after_write(&listing);
    if (rc == SESSION_OK) {
        s->address = address;
        hs_session_commit(s, &written);
    } else {
        /* Nobody has the new id; should it stay, it ends with its ttl. */
        hs_session_take_back(s, &listing, &address, deadline);
    }
out:
    hs_record_free(&written);
    hs_listing_end(&listing);
    hs_address_wipe(&address);
    return rc;
}

int session_regenerate(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return SESSION_INVALID;
    if (!hs_session_is_stored(s))
        return session_save(s); /* that gives it a new id */
    if (hs_record_is_retired(&s->record))
        return SESSION_NOT_FOUND;
    hs_address before = s->address;
    hs_deadline deadline = hs_store_deadline(s->store);
    int rc = hs_session_write_through(s, regenerate_once, deadline);
    if (rc == SESSION_OK)
        hs_events_publish_new(s->store, &before, &s->address, session_user(s), deadline);
    hs_address_wipe(&before);
    return rc;
}
