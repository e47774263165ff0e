/* A store, and the reads and writes of whole records that its verbs share. */
#ifndef HISESSION_STORE_STORE_H
#define HISESSION_STORE_STORE_H

#include "base/clock.h"
#include "config/options.h"
#include "crypto/keyring.h"
#include "hisession/session.h"
#include "record/record.h"
#include "redis/client.h"

struct session_store {
    hs_settings settings;
    hs_client client;
    hs_ring *ring; /* NULL if nothing is sealed */
};

/* Whether express applications use the same sessions. */
bool hs_store_is_shared(const session_store *store);

/* Whether an id from outside may be one of this store's. */
bool hs_store_takes_id(const session_store *store, const char *id);

/* The monotonic time by which a call that starts now must be over. */
hs_deadline hs_store_deadline(const session_store *store);

/* How long a record may live untouched: ttl, but not past its absolute timeout. */
int64_t hs_store_life(const session_store *store, const hs_record *record, int64_t now);

/*
 * What a session's Redis key holds of its id: the id, or in a sealed store a
 * hash of it with one of the ring's keys. That is the first one for a new
 * session, and record->keyed_by for one that was read.
 */
void hs_store_storage_id(const session_store *store, const char *id, size_t keyed_by,
                         char storage_id[HS_ID_SIZE]);

/* How many of those there are; 1 if nothing is sealed. */
size_t hs_store_key_count(const session_store *store);

/* The handle of the session with this id. */
void hs_store_handle(const session_store *store, const char *id, size_t keyed_by,
                     char handle[HS_HANDLE_SIZE]);

/* As hs_record_rewrite(), in the form that this store writes, which must fit. */
int hs_store_rewrite(const session_store *store, const hs_record *from, const char *id,
                     size_t max_size, hs_record *out);

/*
 * Reads the record of a session that lives: OK, NOT_FOUND, TOO_BIG, CORRUPT and
 * the codes of a failed read. `life` is what is left in milliseconds, -1 for a
 * key without an expiry. On OK the caller frees the record.
 */
int hs_store_read(session_store *store, const char *id, hs_deadline deadline,
                  hs_record *record, int64_t *life);

/*
 * Stores the fields and metadata of `from` under an id of its own. OK, CONFLICT
 * if the id is taken, and the codes of a failed write. On OK `written`, for the
 * caller to free, is what was stored.
 */
int hs_store_create(session_store *store, const char *id, const hs_record *from,
                    hs_deadline deadline, hs_record *written);

/*
 * Puts `next` (or nothing, if NULL: the key is removed) in the place of exactly
 * what `before` was read from. OK, NOT_FOUND, CONFLICT: `held`, for the caller to
 * free, is what is there instead; and the codes of a failed write.
 */
int hs_store_replace(session_store *store, const char *id, const hs_record *before,
                     const hs_record *next, int64_t life, hs_deadline deadline,
                     hs_record *held);

/* Tries once to end a session: OK and the codes of a failed write. */
int hs_store_remove(session_store *store, const char *id, size_t keyed_by,
                    hs_deadline deadline);

/*
 * Ends a session, trying again, and tells what Redis held of it: `was`, for the
 * caller to free, is empty if that was nothing, or nothing that can be read. A
 * message, unless NULL, goes out in the same write. Whether Redis took it too,
 * `told`, changes nothing in the result.
 */
int hs_store_take(session_store *store, const char *id, size_t keyed_by,
                  const hs_buffer *message, hs_deadline deadline, hs_record *was,
                  bool *told);

/* ---- By storage id ---- */

/* Ends a session, trying again; `ended` says whether it was there. */
int hs_store_end(session_store *store, const char *storage_id, hs_deadline deadline,
                 bool *ended);

/*
 * What is left of a session's life in milliseconds, -1 for a key without an
 * expiry. OK, NOT_FOUND, and the codes of a failed read.
 */
int hs_store_left(session_store *store, const char *storage_id, hs_deadline deadline,
                  int64_t *life);

/* ---- Events and extensions ---- */

/* Sends a message to those who listen for events; whether Redis took it. */
bool hs_store_publish(session_store *store, const hs_buffer *message,
                      hs_deadline deadline);

/*
 * Sends an extension to `life` milliseconds: OK, NOT_FOUND if it changed
 * nothing, and the codes of a failed read. `endless` is a key without an expiry.
 */
int hs_store_extend(session_store *store, const char *id, size_t keyed_by, int64_t life,
                    bool endless, hs_trying trying, hs_deadline deadline);

#endif
