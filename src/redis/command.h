/*
 * The Redis commands of the verbs: as bytes to send, as the replies that
 * make sense, and as what a reply means. No I/O, so that every way of talking
 * to Redis can share it.
 */
#ifndef HISESSION_REDIS_COMMAND_H
#define HISESSION_REDIS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "crypto/address.h"
#include "redis/scripts.h"

enum { HS_COMMAND_REPLIES = 3, HS_COMMAND_ROOM = 512, HS_WORD_SIZE = 40 };

/* Follows the prefix in the name of the channel that tells of events. */
#define HS_EVENTS_CHANNEL "events"

/* ---- Replies ---- */

typedef enum {
    HS_REPLY_NONE = 0,
    HS_REPLY_NIL = 1,
    HS_REPLY_STATUS = 2,
    HS_REPLY_ERROR = 4,
    HS_REPLY_INTEGER = 8,
    HS_REPLY_STRING = 16
} hs_reply_kind;

typedef struct {
    hs_reply_kind kind;
    int64_t integer;
    char *text; /* owned, with a NUL: a string; of an error the start, or NULL */
    size_t length;
    char word[HS_WORD_SIZE]; /* how a status or an error begins */
} hs_reply;

void hs_reply_free(hs_reply *reply);

/* ---- Commands ---- */

/* A reply that makes sense, besides an error. */
typedef struct {
    const char *name; /* of the command or script that it answers */
    unsigned kinds;   /* of hs_reply_kind; a status must be OK */
    int64_t least;    /* bounds of an integer */
    int64_t most;
    bool minor; /* an error here neither decides what the call came to nor is logged */
} hs_expected;

/* One or two commands that go out together. */
typedef struct {
    hs_buffer bytes;
    int reply_count;
    int decisive; /* how many of the replies decide what came of it: the first ones */
    hs_expected expected[HS_COMMAND_REPLIES];
    char room[HS_COMMAND_ROOM];
} hs_command;

/* Starts with nothing, and adds a command of any words, up to HS_COMMAND_REPLIES. */
void hs_command_begin(hs_command *command);
void hs_command_add(hs_command *command, const char *const *words, size_t count,
                    hs_expected expected);

/* Each makes a command; if memory runs out, command->bytes.failed says so. */
void hs_command_get(hs_command *command, const hs_key *key);
void hs_command_create(hs_command *command, const hs_key *key, const char *value,
                       size_t length, int64_t ttl_ms);
/* Only ever extends the ttl; `endless` says that the key has no expiry yet. */
void hs_command_extend(hs_command *command, const hs_key *key, int64_t ttl_ms,
                       bool endless);
void hs_command_ttl(hs_command *command, const hs_key *key);
void hs_command_delete(hs_command *command, const hs_key *key);
/* Reads, which may fail, and deletes. */
void hs_command_get_and_delete(hs_command *command, const hs_key *key);
/* Adds a message to "<prefix>events", whose reply decides nothing. */
void hs_command_add_publish(hs_command *command, const char *prefix,
                            const hs_buffer *message);
/* The same message alone. */
void hs_command_publish(hs_command *command, const char *prefix,
                        const hs_buffer *message);
/* Their replies are messages too, not what a hs_call can read. */
void hs_command_subscribe(hs_command *command, const char *channel);
void hs_command_ping(hs_command *command);
void hs_command_select(hs_command *command, int64_t database);
void hs_command_auth(hs_command *command, const char *user, const char *password);

/* What a script is to be run with. */
typedef struct {
    const hs_script *script;
    const hs_key *keys;
    size_t key_count;
    const hs_slice *arguments;
    size_t argument_count;
    hs_expected expected;
} hs_script_call;

/* `whole` sends the script's text instead of its hash. */
void hs_command_script(hs_command *command, const hs_script_call *call, bool whole);

void hs_command_free(hs_command *command);

/* Whether the index-th reply is one that this command can get. */
bool hs_command_accepts(const hs_command *command, int index, const hs_reply *reply);

#endif
