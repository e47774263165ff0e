/*
 * A session's stored form: one compact JSON object, its metadata first.
 *
 *   {"_":{"v":2,"created":MS,"deadline":MS,"user":"..","login":US,"from":"..",
 *         "nonces":"..","check":"..","next":".."},"field":value,...}
 *
 * created and deadline are Unix milliseconds; the deadline is the absolute
 * timeout. The user is there if the session has one, and with it when the user got
 * in, in microseconds, because two logins in one millisecond must not be alike.
 * `from` is the storage id that the session had before this one, `next` the one
 * that it has now: the record then only reads on for a while. The nonces tell this
 * write, and the three before it, from every other; the check belongs to the id.
 *
 * Version 1 is read, too: its nonce is "nonce", its user comes with "seen" in the
 * place of "login", and `next` is an id.
 */
#ifndef HISESSION_RECORD_RECORD_H
#define HISESSION_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "crypto/id.h"
#include "record/fields.h"
#include "record/nonces.h"

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
    int64_t login;
    char from[HS_ID_SIZE]; /* empty unless the session was moved here */
    hs_nonces nonces;
    char check[HS_CHECK_LENGTH];
    char next[HS_ID_SIZE]; /* empty unless the session was moved from here */
    bool is_former;        /* version 1 */
} hs_record;

/*
 * What is stored under an id that nobody has and that must never be used: a record
 * that has ended.
 */
extern const char hs_record_tombstone[];

void hs_record_free(hs_record *record);

/*
 * Reads stored bytes. On OK the record owns `raw`, which is its text, too; on
 * CORRUPT or NO_MEMORY nothing changes hands. `record` is overwritten.
 */
HS_MUST_USE int hs_record_decode(char *raw, size_t length, hs_record *record);

/*
 * Reads the metadata alone. On OK the record owns nothing and points into the text,
 * hs_record_free() is not due. OK, CORRUPT, NO_MEMORY.
 */
HS_MUST_USE int hs_record_decode_metadata(hs_slice text, hs_record *record);

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

/*
 * The next stored form of a session: its metadata under this id, nonces included,
 * and its fields as they are now. OK, TOO_BIG, NO_MEMORY; on OK `out` is a record
 * of its own.
 */
HS_MUST_USE int hs_record_rewrite(const hs_record *from, const char *id, size_t max_size,
                                  hs_record *out);

#endif
