/*
 * A session's place on its user's list: a member of a sorted set, which is its storage
 * id, or "?" and that while the session is not known to be written. The score is when
 * to look whether the session is still there; it only grows.
 *
 * A list names every session that may live, and may name others: what it says is a
 * hint, and the record is the truth. So places are taken before the record is written,
 * and nothing is concluded from one that is missing.
 */
#ifndef HISESSION_USERS_PLACE_H
#define HISESSION_USERS_PLACE_H

#include "base/attributes.h"
#include "users/user.h"

typedef struct {
    const session_store *store;
    const hs_user_list *list;
    const char *id;        /* a storage id */
    int64_t ttl_ms;        /* of the session */
    int64_t expires_in_ms; /* at its absolute timeout */
} hs_place;

/* The place of a record that is at an address now or soon. */
void hs_place_of(hs_place *place, const session_store *store, const hs_user_list *list,
                 const hs_address *address, const hs_record *record);

/* Each adds commands to one that goes out. */

/* Takes a place for a session that is not written yet. */
void hs_place_add_pending(hs_command *command, const hs_place *place);

/*
 * The same if there are fewer members than so many: one reply, 1 or nil. `free` names
 * those that do not count, a space before each, "?" before one that is pending.
 */
void hs_place_add_reservation(hs_command *command, const hs_place *place, int64_t most,
                              hs_slice free_places);

/* Removes what is no list, where that of this user belongs: one reply. */
void hs_place_add_clearing(hs_command *command, const hs_user_list *list);

/*
 * Takes it for one that is: one reply. The list then lives as long as this session may,
 * and a day for those who are late. `note` is what is known of the device, or NULL.
 */
void hs_place_add(hs_command *command, const hs_place *place, const char *note);

/* Gives a place up. */
void hs_place_add_removal(hs_command *command, const hs_user_list *list, const char *id);

/* Looks later, at the earliest in so many milliseconds. */
void hs_place_add_later(hs_command *command, const hs_user_list *list, const char *id,
                        int64_t ms);

/* When to look at a place of this ttl, as a score. */
int64_t hs_place_score(const session_store *store, int64_t ttl_ms);

/* ---- Notes ---- */

/* Asks for a note: one reply, which decides nothing. */
void hs_place_add_note(hs_command *command, const hs_user_list *list, const char *id);

/*
 * The note in the form in which this store keeps it, and back, for
 * hs_memory_free_text(). Sealed, it can be read for its own place only. OK, CORRUPT,
 * NO_MEMORY.
 */
HS_MUST_USE int hs_place_close_note(const hs_place *place, const char *note, char **out);
HS_MUST_USE int hs_place_open_note(const session_store *store, const hs_user_list *list,
                                   const char *id, hs_slice text, char **out);

#endif
