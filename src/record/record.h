/*
 * A session's stored form: one compact JSON object, its metadata first.
 *
 *   {"_":{"v":1,"created":MS,"deadline":MS,"user":"..","seen":MS,"nonce":"..",
 *         "check":"..","next":".."},"field":value,...}
 *
 * created and deadline are Unix milliseconds; the deadline is the absolute
 * timeout. The user is there if one is set, and with it when a write last
 * told the user's list of the session's life; the nonce tells this write from
 * every other; the check belongs to the id. The next id is there once the
 * session was regenerated: the record then only reads on for a while.
 */
#ifndef HISESSION_RECORD_RECORD_H
#define HISESSION_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "crypto/id.h"
#include "record/fields.h"

typedef struct {
    char *raw; /* the stored bytes, owned; NULL if nothing is stored */
    size_t raw_length;
    char *text; /* what the slices point into, owned: `raw` itself unless sealed */
    size_t text_length;
    hs_fields fields;

    bool has_metadata; /* else another program wrote it */
    int64_t created;
    int64_t absolute_expires_at;
    hs_slice user; /* as it stands in JSON, between its quotes; empty for none */
    int64_t seen;
    char nonce[HS_NONCE_LENGTH];
    char check[HS_CHECK_LENGTH];
    char next[HS_ID_SIZE]; /* empty unless the session was regenerated */
} hs_record;

void hs_record_free(hs_record *record);

/*
 * Reads stored bytes. On OK the record owns `raw`, which is its text, too; on
 * CORRUPT or NO_MEMORY nothing changes hands. `record` is overwritten.
 */
HS_MUST_USE int hs_record_decode(char *raw, size_t length, hs_record *record);

/*
 * Reads a caller's fields: a strict JSON object whose names may be set. OK, INVALID,
 * NO_MEMORY.
 */
HS_MUST_USE int hs_record_read_fields(const char *json, hs_fields *fields);

/* Whether the record was written for this id, or says nothing of one. */
bool hs_record_belongs_to(const hs_record *record, const char *id);

/* Drops metadata that came along from another session: it then has none. */
void hs_record_drop_metadata(hs_record *record);

/* Whether the absolute timeout has passed. */
bool hs_record_is_over(const hs_record *record, int64_t now);

bool hs_record_is_retired(const hs_record *record);

/*
 * The user as a text for hs_memory_free_text(), NULL for none. OK, NO_MEMORY.
 */
HS_MUST_USE int hs_record_copy_user(const hs_record *record, char **out);

/* Whether both were written by one and the same write. */
bool hs_record_same_write(const hs_record *a, const hs_record *b);

/*
 * The next stored form of a session: its metadata under this id with a new
 * nonce, and its fields as they are now. OK, TOO_BIG, NO_MEMORY; on OK `out`
 * is a record of its own.
 */
HS_MUST_USE int hs_record_rewrite(const hs_record *from, const char *id, size_t max_size,
                                  hs_record *out);

#endif
