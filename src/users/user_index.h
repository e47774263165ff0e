/*
 * A user's list in Redis: one sorted set of storage ids and a hash of what is
 * known of each. An entry is made before its session is written, and removed
 * only once that cannot live any more; so no live session is ever missing,
 * though the list and the sessions lie on different servers. What the list
 * holds too much is noticed when it is read.
 */
#ifndef HISESSION_USERS_USER_INDEX_H
#define HISESSION_USERS_USER_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "redis/command.h"
#include "store/store.h"
#include "users/user.h"

typedef struct {
    session_store *store;
    hs_deadline deadline;
    const char *user;
    char name[HS_HANDLE_SIZE]; /* a hash of the user */
    hs_key keys[2];            /* the sorted set, the hash */
} hs_user_index;

/*
 * In a sealed store there is a list for each key of the ring: the first one
 * takes the logins of today, and the sessions of the others as they are used.
 * `user` must stay as long as the index.
 */
void hs_user_index_open(hs_user_index *index, session_store *store, const char *user,
                        size_t key_index, hs_deadline deadline);

/*
 * Before a session that will live for `ttl_ms` is written: makes its entry, and
 * ends those who are over the limit. `note` is what is known of the device, ""
 * for what was known before; `replaced` the storage id of the session that it
 * takes the place of, "" for none. OK, LIMIT, NOT_FOUND if the session is being
 * ended, and the codes of a failed write.
 */
HS_MUST_USE int hs_user_index_reserve(hs_user_index *index, const char *id,
                                      int64_t ttl_ms, const char *note,
                                      const char *replaced);

/*
 * After it was written, and after the `replaced` one, which goes off the list,
 * was retired. OK, NOT_FOUND if either was ended meanwhile, and the codes of a
 * failed write.
 */
HS_MUST_USE int hs_user_index_confirm(hs_user_index *index, const char *id,
                                      int64_t ttl_ms, const char *replaced);

/*
 * Before a session is extended. `created` counts if the list was
 * lost. OK, NOT_FOUND if the session is being ended, and the codes of a failed
 * write.
 */
HS_MUST_USE int hs_user_index_see(hs_user_index *index, const char *id, int64_t ttl_ms,
                                  const char *note, int64_t created);

/* Removes the entry of a session that is gone. OK and the codes of a failed write. */
HS_MUST_USE int hs_user_index_remove(hs_user_index *index, const char *id);

/* ---- Reading and ending ---- */

typedef struct {
    char id[HS_ID_SIZE]; /* a storage id */
    bool written;        /* else only reserved, by a write under way or a lost one */
    bool abandoned;      /* reserved so long ago that no write is under way */
    bool doomed;         /* being ended */
    int64_t created;
    int64_t seen;
    int64_t read_at; /* the list's time when the reading began */
    hs_slice note;   /* for hs_user_index_read_note(); valid for the visit */
} hs_user_entry;

/* Called for each entry; anything but OK ends the visit with that code. */
typedef int hs_user_visit(hs_user_index *index, const hs_user_entry *entry,
                          void *context);

/* Visits every entry, some of them twice if they change meanwhile. */
HS_MUST_USE int hs_user_index_each(hs_user_index *index, hs_user_visit *visit,
                                   void *context);

/* The same for all lists of a user: one, or if sealed one for each key of the ring. */
HS_MUST_USE int hs_user_index_each_key(session_store *store, const char *user,
                                       hs_deadline deadline, hs_user_visit *visit,
                                       void *context);

/* What is known of the device, for hs_memory_free_text(). OK, CORRUPT, NO_MEMORY. */
HS_MUST_USE int hs_user_index_read_note(const hs_user_index *index,
                                        const hs_user_entry *entry, char **out);

/* The remaining ttl of a session on the list, as hs_store_remaining_ttl(). */
HS_MUST_USE int hs_user_index_remaining_ttl(const hs_user_index *index, const char *id,
                                            int64_t *remaining_ttl_ms);

/*
 * Ends a session for good, tells those who listen, and removes its entry if that is
 * certain. `ended` says whether it was there. OK and the codes of a failed write.
 */
HS_MUST_USE int hs_user_index_end(hs_user_index *index, const char *id, bool *ended);

#endif
