/* Replies from bytes: hiredis's reader with our own limits and objects. */
#ifndef HISESSION_REDIS_READER_H
#define HISESSION_REDIS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "redis/command.h"

struct redisReader;

/* A message of Pub/Sub: the elements of a flat array, or a single reply. */
enum { HS_MESSAGE_PARTS = 3 };

typedef struct {
    bool complete;
    size_t count;
    hs_reply parts[HS_MESSAGE_PARTS];
} hs_message;

typedef struct {
    struct redisReader *parser;
    hs_reply *target; /* where the reply under way goes, or the parts of a message */
    size_t parts;     /* how many of an array came or are to come; 0 for none */
    size_t used;      /* the parser's buffer may hold secrets up to here */
    bool no_memory;
} hs_reader;

/* OK or NO_MEMORY. */
HS_MUST_USE int hs_reader_init(hs_reader *reader);

void hs_reader_free(hs_reader *reader);

/* Takes bytes that came in. OK or NO_MEMORY. */
HS_MUST_USE int hs_reader_feed(hs_reader *reader, const char *bytes, size_t length);

/*
 * Reads one reply into `out`, whose kind stays NONE while bytes are missing.
 * OK, PROTOCOL for anything but a flat reply, NO_MEMORY.
 */
HS_MUST_USE int hs_reader_next(hs_reader *reader, hs_reply *out);

/* A reader of messages: OK or NO_MEMORY. */
HS_MUST_USE int hs_reader_init_messages(hs_reader *reader);

/*
 * Reads one message, into the same `out` until it is complete. OK, PROTOCOL,
 * NO_MEMORY.
 */
HS_MUST_USE int hs_reader_next_message(hs_reader *reader, hs_message *out);

/* An empty message, its texts wiped and freed. */
void hs_message_free(hs_message *message);

/* How many bytes came in that no reply has used yet. */
size_t hs_reader_pending(const hs_reader *reader);

/*
 * Wipes the bytes of former replies, and gives back the room of huge ones; only while
 * nothing is pending.
 */
void hs_reader_wipe(hs_reader *reader);

#endif
