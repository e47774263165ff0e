#include "users/limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "users/chain.h"
#include "users/members.h"

/* ---- Refuse ---- */

/* OK, LIMIT if `most` members count already, and the codes of a failed write. */
static int reserve(session_store *store, const hs_place *place, int64_t most,
                   hs_slice free_places, hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    hs_place_add_reservation(&command, place, most, free_places);
    hs_client_run(&store->client, &command, deadline, HS_TRY_AGAIN, &answer);
    int rc = hs_outcome_of_write(&answer);
    if (rc == SESSION_OK && answer.replies[0].kind == HS_REPLY_NIL)
        rc = SESSION_LIMIT;
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

/*
 * Whether a place on the list is none of a session that the user has: it moved, or it
 * is being moved there, or it is gone. One that is still being written counts.
 */
static bool does_not_count(const hs_members *members, const hs_member *member)
{
    if (member->fate == HS_FATE_LIVES)
        return !hs_members_is_there(members, member);
    if (member->fate == HS_FATE_MOVED)
        return true;
    return !member->is_pending || member->score < hs_clock_unix_ms();
}

/* What is known of a user's places before one is taken. */
typedef struct {
    hs_buffer free;    /* those on the first list that do not count, as names */
    int64_t elsewhere; /* how many count on lists of other keys of the ring */
} places;

static void take_place(const hs_members *members, const hs_member *member, places *found)
{
    bool is_free = does_not_count(members, member);
    if (!member->has_place)
        return;
    if (member->key_index > 0) {
        found->elsewhere += is_free ? 0 : 1;
    } else if (is_free) {
        hs_buffer_append_text(&found->free, member->is_pending ? " ?" : " ");
        hs_buffer_append_text(&found->free, member->id);
    }
}

static int look_at_places(session_store *store, const char *user, hs_deadline deadline,
                          places *found)
{
    hs_members members;
    hs_members_begin(&members, store, user, deadline);
    int rc = hs_members_load(&members, HS_MEMBERS_ALL, false);
    for (size_t i = 0; rc == SESSION_OK && i < members.count; i++)
        take_place(&members, &members.items[i], found);
    hs_members_free(&members);
    return rc == SESSION_OK && found->free.failed ? SESSION_NO_MEMORY : rc;
}

int hs_limit_reserve(session_store *store, const char *user, const hs_place *place,
                     hs_deadline deadline)
{
    places found = {0};
    int64_t limit = store->settings.user_limit;
    int rc = SESSION_LIMIT;
    if (hs_store_key_count(store) == 1) /* else other lists count, too */
        rc = reserve(store, place, limit, hs_slice_of(""), deadline);
    /* CORRUPT: reading the list removes what is none. */
    if (rc != SESSION_LIMIT && rc != SESSION_CORRUPT)
        return rc;
    rc = look_at_places(store, user, deadline, &found);
    if (rc == SESSION_OK)
        rc = reserve(store, place, limit - found.elsewhere,
                     (hs_slice){found.free.data, found.free.length}, deadline);
    hs_buffer_free(&found.free);
    return rc;
}

/* ---- Evict ---- */

/* How many places a login looks at: of a long list, as when a limit is newly set, a part.
 */
static size_t most_places(const session_store *store)
{
    return 4 * (size_t)store->settings.user_limit + 256;
}

/* A session that counts. */
typedef struct {
    const hs_member *member;
} counted;

static int first_login_first(const void *a, const void *b)
{
    const hs_member *x = ((const counted *)a)->member, *y = ((const counted *)b)->member;
    if (x->login != y->login)
        return x->login < y->login ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* What this member became, if that is one of the others. */
static const hs_member *last_of(const hs_members *members, const hs_member *member)
{
    for (size_t i = 0; member != NULL && i < members->count; i++) {
        if (member->fate != HS_FATE_MOVED)
            return member;
        member = hs_members_find(members, member->next);
    }
    return NULL;
}

static bool is_among(const counted *list, size_t count, const hs_member *member)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].member == member)
            return true;
    return false;
}

/*
 * Those that count: this one, those whose writes were confirmed, and what those became.
 * Another pending one counts for nobody, because its login may not have been.
 */
static size_t count_sessions(const hs_members *members, const char *id, counted *out)
{
    size_t count = 0;
    for (size_t i = 0; i < members->count; i++) {
        const hs_member *member = &members->items[i];
        bool is_certain = !member->is_pending || strcmp(member->id, id) == 0;
        if (!is_certain || member->is_guest)
            continue;
        member = last_of(members, member);
        if (member != NULL && hs_members_is_there(members, member) &&
            !is_among(out, count, member))
            out[count++].member = member;
    }
    return count;
}

/* Whether a session had another id before that is on the list, too. */
static bool has_moved(const hs_members *members, const hs_member *member)
{
    const hs_member *from =
        member->from[0] != '\0' ? hs_members_find(members, member->from) : NULL;
    return from != NULL && from->has_place;
}

/* Whether two are one session: a move keeps the time of the login. */
static bool is_same(const hs_members *members, const hs_member *a, const hs_member *b)
{
    return a->login == b->login && (has_moved(members, a) || has_moved(members, b));
}

/*
 * Drops those that are one session: one that moved twice while it was looked at was seen
 * under two ids. They are sorted by login.
 */
static size_t drop_repeated(const hs_members *members, counted *sessions, size_t count,
                            const char *id)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const hs_member *member = sessions[i].member;
        if (kept == 0 || !is_same(members, sessions[kept - 1].member, member))
            sessions[kept++] = sessions[i];
        else if (strcmp(member->id, id) == 0)
            sessions[kept - 1] = sessions[i];
    }
    return kept;
}

/* Ends so many of them from the start. LIMIT if this one is among them and ended; the
 * codes of a failed write. */
static int end_first(session_store *store, const char *user, const char *id,
                     const counted *sessions, size_t count, hs_deadline deadline)
{
    hs_chain *chains = hs_memory_new(count * sizeof *chains);
    if (chains == NULL)
        return SESSION_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        hs_chain_begin(&chains[i], sessions[i].member->id);
    int rc = hs_chain_end(store, user, chains, count, deadline);
    for (size_t i = 0; i < count; i++)
        if (strcmp(sessions[i].member->id, id) == 0 && chains[i].has_ended)
            rc = SESSION_LIMIT;
    hs_memory_free(chains, count * sizeof *chains);
    return rc;
}

static int end_excess(const hs_members *members, const char *id)
{
    session_store *store = members->store;
    size_t limit = (size_t)store->settings.user_limit;
    size_t size = members->count * sizeof(counted);
    counted *sessions = hs_memory_new(size);
    if (sessions == NULL)
        return SESSION_NO_MEMORY;
    int rc = SESSION_OK;
    size_t count = count_sessions(members, id, sessions);
    qsort(sessions, count, sizeof *sessions, first_login_first);
    count = drop_repeated(members, sessions, count, id);
    if (count > limit)
        rc = end_first(store, members->user, id, sessions, count - limit,
                       members->deadline);
    hs_memory_free(sessions, size);
    return rc;
}

static int evict(session_store *store, const char *user, const char *id,
                 hs_deadline deadline)
{
    hs_members members;
    hs_members_begin(&members, store, user, deadline);
    int rc = hs_members_load(&members, most_places(store), false);
    if (rc == SESSION_OK && members.count > (size_t)store->settings.user_limit)
        rc = end_excess(&members, id);
    hs_members_free(&members);
    return rc;
}

int hs_limit_evict(session_store *store, const char *user, const char *id,
                   hs_deadline deadline)
{
    const int most_attempts = 2; /* one more, because a refusal may be a passing one */
    int rc = SESSION_UNAVAILABLE;
    for (int i = 0; i < most_attempts && rc != SESSION_OK && rc != SESSION_LIMIT; i++)
        rc = evict(store, user, id, deadline);
    return rc == SESSION_LIMIT ? rc : SESSION_OK;
}
