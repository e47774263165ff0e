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

/* The remaining ttl of a key, as in hs_store_read(). OK, the codes of a failed read. */
HS_MUST_USE int hs_store_remaining_ttl(session_store *store, const hs_key *key,
                                       hs_deadline deadline, int64_t *remaining_ttl_ms);

/* Takes the record out of a reply's string. OK, TOO_BIG, CORRUPT, NO_MEMORY. */
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

/* ---- Writing (store_write.c) ---- */

/* As hs_record_rewrite(), in the form that this store writes, which must fit. */
HS_MUST_USE int hs_store_rewrite(const session_store *store, const hs_record *from,
                                 const hs_address *address, size_t max_size,
                                 hs_record *out);

/*
 * Stores the fields and metadata of `from` at an address of its own. OK, CONFLICT
 * if it is taken, and the codes of a failed write. On OK `written`, for the
 * caller to free, is what was stored.
 */
HS_MUST_USE int hs_store_create(session_store *store, const hs_address *address,
                                const hs_record *from, hs_deadline deadline,
                                hs_record *written);

/*
 * Puts `next` (or nothing, if NULL: the key is removed) in the place of exactly
 * what `before` was read from. OK, NOT_FOUND, CONFLICT: `held`, for the caller to
 * free, is what is there instead; and the codes of a failed write.
 */
HS_MUST_USE int hs_store_replace(session_store *store, const hs_address *address,
                                 const hs_record *before, const hs_record *next,
                                 int64_t ttl_ms, hs_deadline deadline, hs_record *held);

/* Deletes a session; `deleted` says whether it was there. The codes of a write. */
HS_MUST_USE int hs_store_delete(session_store *store, const hs_key *key, hs_trying trying,
                                hs_deadline deadline, bool *deleted);

/*
 * Deletes a session and gives what Redis held of it: `was`, for the caller to
 * free, is empty if that was nothing, or nothing that can be read. A message,
 * unless NULL, goes out in the same write; whether Redis took it too,
 * `published`, changes nothing in the result.
 */
HS_MUST_USE int hs_store_get_and_delete(session_store *store, const hs_address *address,
                                        const hs_buffer *message, hs_deadline deadline,
                                        hs_record *was, bool *published);

/*
 * Sends an extension: OK, NOT_FOUND if it changed nothing, and the codes of a
 * failed read. `endless` is a key without an expiry.
 */
HS_MUST_USE int hs_store_extend(session_store *store, const hs_address *address,
                                int64_t ttl_ms, bool endless, hs_trying trying,
                                hs_deadline deadline);

/* Sends a message to those who listen for events; whether Redis took it. */
bool hs_store_publish(session_store *store, const hs_buffer *message,
                      hs_deadline deadline);

#endif
