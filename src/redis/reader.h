/* Replies from bytes: hiredis's reader with our own limits and objects. */
#ifndef HISESSION_REDIS_READER_H
#define HISESSION_REDIS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

struct redisReader;

typedef struct {
    struct redisReader *parser;
    hs_reply *target;  /* where the reply under way goes */
    size_t used;      /* the parser's buffer may hold secrets up to here */
    bool no_memory;
} hs_reader;

/* OK or NO_MEMORY. */
int hs_reader_init(hs_reader *reader);

void hs_reader_free(hs_reader *reader);

/* Takes bytes that came in. OK or NO_MEMORY. */
int hs_reader_feed(hs_reader *reader, const char *bytes, size_t length);

/*
 * Reads one reply into `out`, whose kind stays NONE while bytes are missing.
 * OK, PROTOCOL for anything but a flat reply, NO_MEMORY.
 */
int hs_reader_next(hs_reader *reader, hs_reply *out);

/* How many bytes came in that no reply has used yet. */
size_t hs_reader_pending(const hs_reader *reader);

/* Wipes what replies left behind; only while nothing is pending. */
void hs_reader_wipe(hs_reader *reader);

#endif
