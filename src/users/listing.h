/*
 * What a write of a session means for the list of its user: its place there, the note
 * on its device, and the limit. Nothing for a session of nobody.
 */
#ifndef HISESSION_USERS_LISTING_H
#define HISESSION_USERS_LISTING_H

#include "base/attributes.h"
#include "users/place.h"

/* What is to be written. All of it is borrowed until hs_listing_end(). */
typedef struct {
    const hs_record *record;    /* as it was read */
    const hs_address *previous; /* where; NULL for a new session */
    bool user_changed;          /* since it was read */
    const char *user;           /* the new one if it changed; NULL for nobody */
    const char *note;           /* what is known of the device; NULL for nothing new */
} hs_listing_change;

typedef struct {
    session_store *store;
    hs_deadline deadline;
    char *user;        /* whose the session is to be; NULL for nobody's; owned */
    bool is_login;     /* it was not the user's before */
    hs_user_list list; /* the user's */
    const hs_address *previous;
    const char *note;
    char *former_note; /* the previous place's, as text; owned */
    bool has_place;    /* the session's is certain */
    bool was_cleared;  /* the list was no sorted set, and was removed */
    bool has_due;      /* it has members to look at */
} hs_listing;

/* OK, NO_MEMORY; hs_listing_end() is due whatever the code. */
HS_MUST_USE int hs_listing_begin(hs_listing *listing, session_store *store,
                                 const hs_listing_change *change, hs_deadline deadline);
void hs_listing_end(hs_listing *listing);

/*
 * Takes a place on the list and stores the record, in one write. `commits` says that
 * the session is there with it; else it waits for the end of its former one. OK,
 * CONFLICT if another address is to be tried, LIMIT, and the codes of a failed write.
 */
HS_MUST_USE int hs_listing_create(hs_listing *listing, const hs_address *address,
                                  const hs_record *record, bool commits);

/* Adds what makes the place of a record that is there, and its note, certain. */
void hs_listing_add_place(hs_listing *listing, hs_command *command,
                          const hs_address *address, const hs_record *record);

/*
 * Once the session is there: makes its place certain, if it is not yet, mends the list,
 * and holds the limit. LIMIT if the session itself has ended by that; else OK.
 */
HS_MUST_USE int hs_listing_settle(hs_listing *listing, const hs_address *address,
                                  const hs_record *record);

/* Takes back an address that nobody has got: no session may ever be there. */
void hs_listing_give_up(hs_listing *listing, const hs_address *address);

/* Gives up the place alone, of an address where certainly nothing was written. */
void hs_listing_leave(hs_listing *listing, const hs_address *address);

/* ---- Without a write of the record ---- */

/* Adds the place of a session that lives, so that a list that was lost grows back. */
void hs_listing_add_presence(const session_store *store, hs_command *command,
                             const hs_address *address, const hs_record *record);

#endif
