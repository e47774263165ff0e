/* Moving a session to a new id; its old id reads on for the grace. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "events/event_publish.h"
#include "session/session_write.h"

/*
 * After this long nobody may conclude anything from a former id that is gone, because
 * what said where it went may be gone, too. Half of what that is kept for.
 */
static const int64_t longest_move_ms = HS_MARGIN_MS / 2;

/* ---- The end of the old id ---- */

/*
 * The last form of the old id's record: as it was read, without the changes,
 * with the end of the grace as its absolute timeout, so that no late extension
 * prolongs it.
 */
static int make_retired(const session *s, const char *next, hs_record *out)
{
    hs_record old = {0};
    hs_record from = s->record.has_metadata ? s->record : hs_session_next_record(s);
    int64_t end = hs_clock_unix_ms() + s->store->settings.regenerate_grace;
    int rc = hs_record_decode(s->record.text, s->record.text_length, &old);
    if (rc != SESSION_OK)
        return rc;
    from.fields = old.fields;
    from.user = old.user;
    if (end < from.created) /* by a clock that is behind */
        end = from.created;
    if (end < from.absolute_expires_at)
        from.absolute_expires_at = end;
    memcpy(from.next, next, strlen(next) + 1);
    rc = hs_store_rewrite(s->store, &from, &s->address, SIZE_MAX, out);
    hs_fields_free(&old.fields);
    return rc;
}

/* Whether the old id reads on for the grace. A user who left must not be seen under it,
 * because that would be a logout that does not stand. */
static bool reads_on(const session *s)
{
    bool user_left = s->record.user.length > 0 && hs_session_user_differs(s);
    return s->store->settings.regenerate_grace > 0 && !user_left;
}

/* Puts the retired record and the mark, or the mark alone, in the place of the old one.
 */
static int replace_old(session *s, hs_replacement *replacement, const char *next,
                       hs_deadline deadline, hs_instead *instead)
{
    hs_record retired = {0};
    if (!reads_on(s))
        return hs_store_replace(s->store, replacement, deadline, instead);
    int rc = make_retired(s, next, &retired);
    if (rc != SESSION_OK)
        return rc;
    replacement->next = &retired;
    replacement->ttl_ms = hs_store_ttl_ms(s->store, &retired, hs_clock_unix_ms());
    rc = hs_store_replace(s->store, replacement, deadline, instead);
    hs_record_free(&retired);
    return rc;
}

/* Those of the old id's record; of another program's, which has none, the next ones. */
static const hs_nonces *last_nonces(const session *s)
{
    return s->record.nonces.count > 0 ? &s->record.nonces : &s->move.written.nonces;
}

/*
 * Retires the old id in favour of the new one: with that, the session has moved. As
 * hs_store_replace(), and OK also if it was done before.
 */
static int retire(session *s, hs_listing *listing, hs_deadline deadline,
                  hs_instead *instead)
{
    hs_buffer mark = {0};
    hs_command after;
    const char *next = hs_address_storage_id(&s->move.address);
    hs_command_begin(&after);
    /* What changes hands gets its place once it has, because its user's list does not
     * know of the old id, by which others would see that it has not moved yet. */
    if (!listing->is_login)
        hs_listing_add_place(listing, &after, &s->move.address, &s->move.written);
    hs_mark_append_moved(&mark, next, last_nonces(s),
                         listing->user != NULL ? listing->list.name : NULL);
    hs_replacement replacement = {
        .address = &s->address,
        .before = &s->record,
        .ttl_ms = 1,
        .mark = {mark.data, mark.length},
        .mark_ttl_ms = s->store->settings.regenerate_grace + HS_MARGIN_MS,
        .after = &after,
    };
    int rc = mark.failed ? SESSION_NO_MEMORY
                         : replace_old(s, &replacement, next, deadline, instead);
    bool is_done = rc == SESSION_MOVED && strcmp(instead->mark.next, next) == 0;
    hs_buffer_free(&mark);
    hs_command_free(&after);
    return is_done ? SESSION_OK : rc;
}

/* ---- A move ---- */

/* Writes the session under a new id, where nobody looks for it yet. */
static int open_move(session *s, hs_listing *listing)
{
    int rc = hs_session_write_new(s, listing, false, &s->move.address, &s->move.written);
    s->move.is_open = rc == SESSION_OK;
    s->move.since = hs_clock_monotonic_ms();
    return rc;
}

/* Takes the new id back, which nobody has got. */
static void abandon_move(session *s, hs_listing *listing)
{
    hs_listing_give_up(listing, &s->move.address);
    hs_session_close_move(s);
}

/* The session has moved: it is what was written under the new id. */
static int commit_move(session *s, hs_listing *listing, hs_deadline deadline)
{
    hs_address before = s->address;
    listing->has_place =
        !listing->is_login; /* it went along with the end of the old id */
    int rc = hs_listing_settle(listing, &s->move.address, &s->move.written);
    s->address = s->move.address;
    hs_session_commit(s, &s->move.written);
    hs_session_close_move(s);
    if (rc == SESSION_OK)
        hs_events_publish_new(s->store, &before, &s->address, listing->user, deadline);
    hs_address_wipe(&before);
    return rc;
}

/* Moves it once. CONFLICT leaves what Redis holds in `held`. */
static int move_once(session *s, hs_deadline deadline, hs_record *held)
{
    hs_listing listing;
    hs_instead instead = {0};
    int rc = hs_session_begin_listing(s, &listing, deadline);
    if (rc == SESSION_OK)
        rc = open_move(s, &listing);
    if (rc == SESSION_OK) {
        rc = retire(s, &listing, deadline, &instead);
        *held = instead.held;
        if (rc == SESSION_OK)
            rc = commit_move(s, &listing, deadline);
        else if (!hs_outcome_is_in_doubt(rc))
            abandon_move(s, &listing);
    }
    hs_listing_end(&listing);
    return rc;
}

int hs_session_move(session *s, hs_deadline deadline)
{
    for (int attempt = 0;; attempt++) {
        hs_record held = {0};
        bool is_done = false;
        int rc = move_once(s, deadline, &held);
        if (rc != SESSION_CONFLICT)
            return rc;
        rc = hs_session_resolve_conflict(s, &held, attempt, deadline, &is_done);
        hs_record_free(&held);
        if (rc != SESSION_OK)
            return rc;
    }
}

/* ---- A move whose answer was lost ---- */

/* What was changed since the move was sent is changed once more. */
static int take_changes(session *s)
{
    int rc = hs_fields_merge(&s->move.written.fields, &s->record.fields);
    return rc == SESSION_INVALID ? SESSION_TOO_BIG : rc;
}

/* Begins what the open move means for a list: the caller may have set another user
 * since. */
static int begin_listing_of_move(const session *s, hs_listing *listing,
                                 hs_deadline deadline)
{
    char *user = NULL;
    *listing = (hs_listing){0};
    int rc = hs_record_copy_user(&s->move.written, &user);
    if (rc != SESSION_OK)
        return rc;
    const hs_listing_change change = {
        .record = &s->record,
        .previous = &s->address,
        .user_changed = true,
        .user = user,
        .note = s->device,
    };
    rc = hs_listing_begin(listing, s->store, &change, deadline);
    hs_memory_free_text(user);
    return rc;
}

/* Commits the move, but not a user that was set since. */
static int commit_open_move(session *s, hs_listing *listing, hs_deadline deadline)
{
    char *user = s->user, *user_json = s->user_json;
    bool is_set = hs_session_user_differs_from(s, &s->move.written);
    if (is_set)
        s->user = s->user_json = NULL;
    int rc = commit_move(s, listing, deadline);
    if (is_set) {
        s->user = user;
        s->user_json = user_json;
        s->user_changed = true;
    }
    return rc;
}

static int finish(session *s, hs_listing *listing, hs_deadline deadline)
{
    hs_instead instead = {0};
    bool is_old = hs_clock_monotonic_ms() - s->move.since > longest_move_ms;
    int rc = retire(s, listing, deadline, &instead);
    hs_record_free(&instead.held);
    if (rc == SESSION_OK) {
        rc = take_changes(s);
        return rc == SESSION_OK ? commit_open_move(s, listing, deadline) : rc;
    }
    if (rc == SESSION_NOT_FOUND && is_old)
        hs_session_close_move(s);
    else if (rc == SESSION_NOT_FOUND || rc == SESSION_MOVED || rc == SESSION_CONFLICT)
        abandon_move(s, listing); /* after any other code it may have taken place */
    return rc;
}

int hs_session_finish_move(session *s, hs_deadline deadline, bool *has_moved)
{
    hs_listing listing;
    hs_fate fate;
    char next[HS_ID_SIZE];
    *has_moved = false;
    if (!s->move.is_open)
        return SESSION_OK;
    int rc = hs_store_look(s->store, hs_address_storage_id(&s->move.address), deadline,
                           &fate, next);
    if (rc != SESSION_OK)
        return rc;
    if (fate == HS_FATE_GONE) { /* what the old id leads to is over, if it does */
        hs_session_close_move(s);
        return SESSION_OK;
    }
    rc = begin_listing_of_move(s, &listing, deadline);
    if (rc == SESSION_OK)
        rc = finish(s, &listing, deadline);
    hs_listing_end(&listing);
    *has_moved = rc == SESSION_OK;
    return rc == SESSION_CONFLICT ? SESSION_OK : rc;
}

/* ---- Regenerate ---- */

static int regenerate(session *s, hs_deadline deadline)
{
    bool has_moved;
    int rc = hs_session_finish_move(s, deadline, &has_moved);
    if (rc != SESSION_OK)
        return rc;
    if (has_moved)
        return session_save(s); /* what was changed since */
    if (hs_record_is_retired(&s->record))
        return SESSION_MOVED;
    return hs_session_move(s, deadline);
}

int session_regenerate(session *s)
{
    if (!hs_magic_is(s, HS_MAGIC_SESSION))
        return SESSION_INVALID;
    if (!hs_session_is_stored(s))
        return session_save(s); /* that gives it a new id */
    s->is_strict = s->store->settings.on_conflict == HS_CONFLICT_FAIL;
    return regenerate(s, hs_store_deadline(s->store));
}
