#include "users/limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "users/chain.h"
#include "users/members.h"

/* ---- Refuse ---- */

/* OK, LIMIT if there are `most` members already, and the codes of a failed write. */
static int reserve(session_store *store, const hs_place *place, int64_t most,
                   hs_deadline deadline)
{
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    hs_place_add_reservation(&command, place, most);
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

/* How many of the places are none. Those of sessions that are gone are given up. */
static int count_free_places(session_store *store, const char *user, hs_deadline deadline,
                             int64_t *count)
{
    hs_members members;
    *count = 0;
    hs_members_begin(&members, store, user, deadline);
    int rc = hs_members_load(&members, HS_MEMBERS_ALL, false);
    for (size_t i = 0; rc == SESSION_OK && i < members.count; i++)
        if (members.items[i].has_place && does_not_count(&members, &members.items[i]))
            (*count)++;
    hs_members_free(&members);
    return rc;
}

int hs_limit_reserve(session_store *store, const char *user, const hs_place *place,
                     hs_deadline deadline)
{
    int64_t limit = store->settings.user_limit, free_places;
    int rc = reserve(store, place, limit, deadline);
    if (rc == SESSION_CORRUPT) {
        /* Reading the list removes one that is no sorted set. */
        rc = count_free_places(store, user, deadline, &free_places);
        return rc == SESSION_OK ? reserve(store, place, limit, deadline) : rc;
    }
    if (rc != SESSION_LIMIT)
        return rc;
    rc = count_free_places(store, user, deadline, &free_places);
    return rc == SESSION_OK ? reserve(store, place, limit + free_places, deadline) : rc;
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

/*
 * Drops those that are one session: one that moved twice while it was looked at was seen
 * under two ids, but a move keeps the time of its login. They are sorted by that.
 */
static size_t drop_repeated(counted *sessions, size_t count, const char *id)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t login = sessions[i].member->login; /* 0: a former sealed record */
        bool is_same =
            kept > 0 && login != 0 && sessions[kept - 1].member->login == login;
        if (!is_same)
            sessions[kept++] = sessions[i];
        else if (strcmp(sessions[i].member->id, id) == 0)
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
    count = drop_repeated(sessions, count, id);
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
