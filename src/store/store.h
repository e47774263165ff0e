/* A store, and the reads and writes of whole records that its verbs share. */
#ifndef HISESSION_STORE_STORE_H
#define HISESSION_STORE_STORE_H

#include <stdatomic.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/magic.h"
#include "config/options.h"
#include "crypto/address.h"
#include "hisession/session.h"
#include "record/mark.h"
#include "record/record.h"
#include "redis/client.h"

struct session_store {
    uint32_t magic;           /* until its owner closes it */
    atomic_size_t references; /* the owner's, and one of each object that needs it */
    hs_settings settings;
    hs_client client;
    hs_ring *ring;           /* NULL if nothing is sealed */
    atomic_bool has_advised; /* session_store_check() warned of the server's settings */
};

/* ---- Its life (store_open.c) ---- */

/* Keeps the store alive for an object that is handed out. */
session_store *hs_store_retain(session_store *store);

/* Ends that; the last one closes the connections and frees the store. */
void hs_store_release(session_store *store);

/* ---- The store (store.c) ---- */

/* Whether express applications use the same sessions. */
bool hs_store_is_shared(const session_store *store);

/* Whether an id from outside may be one of this store's. */
bool hs_store_takes_id(const session_store *store, const char *id);

/* When a call that starts now must be over. */
hs_deadline hs_store_deadline(const session_store *store);

/* How many keys an id may have been hashed with; 1 if nothing is sealed. */
size_t hs_store_key_count(const session_store *store);

/* Where this store keeps the session with this id; valid as long as the store. */
void hs_store_address(const session_store *store, const char *id, size_t key_index,
                      hs_address *address);

/* How long a mark outlives what it stands for, so that whoever comes late finds it. */
enum { HS_MARGIN_MS = 600000 };

/* The ttl of a record that is written now: `ttl`, but not past its absolute timeout. */
int64_t hs_store_ttl_ms(const session_store *store, const hs_record *record, int64_t now);

/* ---- Reading (store_read.c) ---- */

/*
 * Reads the record of a session that lives: OK, NOT_FOUND, TOO_BIG, CORRUPT and
 * the codes of a failed read. On OK the caller frees the record, `address` is
 * where it was, and `remaining_ttl_ms` is -1 for a key without an expiry.
 */
HS_MUST_USE int hs_store_read(session_store *store, const char *id, hs_deadline deadline,
                              hs_address *address, hs_record *record,
                              int64_t *remaining_ttl_ms);

/*
 * Takes the record out of a reply's string. OK, NOT_FOUND if nobody may ever use this
 * id, TOO_BIG, CORRUPT, NO_MEMORY.
 */
HS_MUST_USE int hs_store_take_record(const session_store *store,
                                     const hs_address *address, hs_reply *reply,
                                     hs_record *record);

/*
 * Deals with a record whose check is that of another id: OK, or CORRUPT. Express
 * applications copy sessions, our metadata too, to a new id at login, so there
 * the metadata is dropped.
 */
HS_MUST_USE int hs_store_check_owner(const session_store *store,
                                     const hs_address *address, hs_record *record);

/* ---- What stands under a storage id (store_look.c) ---- */

/* How a session fares whose id is not known. */
typedef enum {
    HS_FATE_GONE,  /* there is nothing, or what there is has ended */
    HS_FATE_LIVES, /* it is there, or another program's value is */
    HS_FATE_MOVED  /* it goes on under `next` */
} hs_fate;

typedef struct {
    hs_fate fate;
    hs_record outline; /* the metadata, if there are any; points into the reply */
    char next[HS_ID_SIZE];
    char next_list[HS_HANDLE_SIZE]; /* as a mark's list */
    bool is_marked;                 /* something says what became of it */
    int64_t remaining_ttl_ms;
} hs_look;

enum { HS_LOOK_REPLIES = 3 };

/* Adds what asks for the record, its ttl and its mark: HS_LOOK_REPLIES replies. */
void hs_store_add_look(const session_store *store, hs_command *command, const char *id);

/* What those replies say. OK, NO_MEMORY. */
HS_MUST_USE int hs_store_judge_look(const session_store *store, const hs_reply *replies,
                                    hs_look *look);

/* What a stored text says by itself. OK, NO_MEMORY. */
HS_MUST_USE int hs_store_judge_stored(const session_store *store, hs_slice stored,
                                      hs_look *look);

/* How the session under a storage id fares, and its next one. OK, the codes of a failed
 * read. */
HS_MUST_USE int hs_store_look(session_store *store, const char *id, hs_deadline deadline,
                              hs_fate *fate, char next[HS_ID_SIZE]);

/*
 * Follows a record that is retired to the end of its chain: OK if a live session stands
 * there, and is its user's if it has one, because a user who left must not be seen under
 * an old id; NOT_FOUND, and the codes of a failed read.
 */
HS_MUST_USE int hs_store_follow(session_store *store, const hs_record *retired,
                                hs_deadline deadline);

/* ---- Writing (store_write.c) ---- */

/* How much more than max_size a later write of a session may take for metadata. */
enum { HS_METADATA_GROWTH = 256 };

/* As hs_record_rewrite(), in the form that this store writes, which must fit. */
HS_MUST_USE int hs_store_rewrite(const session_store *store, const hs_record *from,
                                 const hs_address *address, size_t max_size,
                                 hs_record *out);

/* Adds what stores a record at an address of its own: one reply. */
void hs_store_add_create(const session_store *store, hs_command *command,
                         const hs_address *address, const hs_record *record);

/*
 * What came of it, if its reply is the one at `place`. OK, CONFLICT if the address is
 * taken, and the codes of a failed write. Unless in doubt the record is not there then,
 * because it is blocked if something before it was refused and it was not.
 */
HS_MUST_USE int hs_store_judge_create(session_store *store, const hs_address *address,
                                      const hs_answer *answer, int place,
                                      hs_deadline deadline);

/* What Redis has instead of what was expected. */
typedef struct {
    hs_record held; /* for the caller to free; empty if there is no live record */
    hs_mark mark;   /* of a session that moved; it may come from its last record */
} hs_instead;

/*
 * Puts `next` in the place of exactly what `before` was read from, with a mark unless
 * that is empty; `next` is NULL if the mark alone is to stay. The commands `after`, or
 * NULL, go out in the same write. OK, NOT_FOUND, MOVED, CONFLICT; the codes of a failed
 * write.
 */
typedef struct {
    const hs_address *address;
    const hs_record *before;
    const hs_record *next;
    int64_t ttl_ms;
    hs_slice mark;
    int64_t mark_ttl_ms;
    hs_command *after;
} hs_replacement;

HS_MUST_USE int hs_store_replace(session_store *store, const hs_replacement *replacement,
                                 hs_deadline deadline, hs_instead *instead);

/*
 * Sends an extension: OK, NOT_FOUND if it changed nothing, and the codes of a
 * failed read. `endless` is a key without an expiry; `after` as in hs_replacement.
 */
HS_MUST_USE int hs_store_extend(session_store *store, const hs_address *address,
                                int64_t ttl_ms, bool endless, hs_command *after,
                                hs_trying trying, hs_deadline deadline);

/* Runs commands that are of use but not needed; false if one failed. */
bool hs_store_run_minor(session_store *store, hs_command *command, hs_deadline deadline);

/* Sends a message to those who listen for events; whether Redis took it. */
bool hs_store_publish(session_store *store, const hs_buffer *message,
                      hs_deadline deadline);

/* ---- Ending (store_end.c) ---- */

/* How ids are ended. */
typedef struct {
    char nonce[HS_NONCE_LENGTH]; /* of the call */
    bool blocks;                 /* leaves a tombstone where nothing is */
    const char *lists; /* their names, a space before each: only sessions on these; "" for
                        * any */
} hs_ending;

void hs_store_begin_ending(hs_ending *ending);

/*
 * Adds what ends a storage id, or what it became: one reply. It may run twice, and
 * late. The message, if there is one, goes out if the session ends under this very id.
 */
void hs_store_add_end(const session_store *store, hs_command *command, const char *id,
                      const hs_ending *ending, const hs_buffer *message);

/*
 * What that reply, a string or nil, says: whether a session ended by this call; what
 * was there, which points into the reply; where it goes on, if it moved on from where
 * it was followed to.
 */
typedef struct {
    bool has_ended;
    char id[HS_ID_SIZE]; /* what it had become; empty if it was not followed */
    hs_look was;
} hs_end;

/* OK, CORRUPT if nobody can tell what became of it, NO_MEMORY. */
HS_MUST_USE int hs_store_judge_end(const session_store *store, const hs_ending *ending,
                                   const hs_reply *reply, hs_end *end);

/*
 * Blocks an id that nobody has, so that no write under way makes it one. Failures are
 * ignored: who cannot block leaves a session whose id nobody has.
 */
void hs_store_block(session_store *store, const char *id, hs_deadline deadline);

#endif
