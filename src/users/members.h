/*
 * Who is on a user's lists, and what became of each: the list is a hint, and the
 * records, which are looked at many in one write, are the truth.
 */
#ifndef HISESSION_USERS_MEMBERS_H
#define HISESSION_USERS_MEMBERS_H

#include "base/attributes.h"
#include "users/user.h"

typedef struct {
    char id[HS_ID_SIZE]; /* a storage id */
    size_t key_index;    /* on which list it stands */
    bool is_pending;     /* not known to be written */
    bool has_place;      /* else it is on no list: another one became it, or */
    bool is_guest;       /* was made from it */
    int64_t score;

    /* Once it was looked at: */
    hs_fate fate;
    bool is_users;  /* the record, if there is one, is the user's */
    bool is_marked; /* something says what became of it */
    int64_t created;
    int64_t login;
    int64_t remaining_ttl_ms;
    char from[HS_ID_SIZE];
    char next[HS_ID_SIZE];
    char *note; /* as it is stored, for hs_memory_free_text(); NULL for none */
    size_t note_length;
} hs_member;

typedef struct {
    session_store *store;
    const char *user;
    hs_deadline deadline;
    hs_member *items; /* sorted by id, each there once */
    size_t count;
    size_t capacity;
} hs_members;

/* None yet. The user must stay as long as they are used. */
void hs_members_begin(hs_members *members, session_store *store, const char *user,
                      hs_deadline deadline);
void hs_members_free(hs_members *members);

enum { HS_MEMBERS_ALL = 1000000 };

/*
 * Reads all lists of the user, up to about `most` members with the lowest scores of
 * each, and looks at each member; `notes` says whether their notes are wanted. OK and
 * the codes of a failed read. A list that is no sorted set is removed.
 */
HS_MUST_USE int hs_members_load(hs_members *members, size_t most, bool notes);

/*
 * Asks how many members' scores have passed: one reply, which decides nothing. Then a
 * few of them can be loaded, and their lists mended.
 */
void hs_members_add_due(hs_command *command, const hs_user_list *list);
HS_MUST_USE int hs_members_load_due(hs_members *members);

/* NULL if it is not among them. */
hs_member *hs_members_find(const hs_members *members, const char *id);

/*
 * Whether the session counts as one of the user's: it lives, and what it was made from
 * does not any more, because a session that is being moved is still the former one.
 */
bool hs_members_is_there(const hs_members *members, const hs_member *member);

/* Mends the lists by what was seen. Failures are ignored. */
void hs_members_mend(const hs_members *members);

#endif
