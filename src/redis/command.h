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

enum { HS_COMMAND_REPLIES = 4, HS_COMMAND_ROOM = 512, HS_WORD_SIZE = 40 };

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

/*
 * Commands that go out together. It must stay where it was begun, because it starts
 * out in its own room.
 */
typedef struct {
    hs_buffer bytes;
    int reply_count;
    int decisive;          /* how many of the replies decide what came of it: the first */
    hs_expected *expected; /* one for each reply; in `few` while they fit there */
    int capacity;
    const hs_script *script; /* the first one, and where its name and hash stand */
    size_t script_start;
    size_t script_end;
    hs_expected few[HS_COMMAND_REPLIES];
    char room[HS_COMMAND_ROOM];
} hs_command;

/*
 * Starts with nothing. Each hs_command_add...() adds a command, the others make one
 * alone. If memory runs out, command->bytes.failed says so.
 */
void hs_command_begin(hs_command *command);
void hs_command_add(hs_command *command, const char *const *words, size_t count,
                    hs_expected expected);

/* What was added last decides nothing, and its errors are not logged. */
void hs_command_last_is_minor(hs_command *command);

/* Adds all of another one; minor, if it is to decide nothing. */
void hs_command_append(hs_command *command, const hs_command *other, bool minor);

/* A value and its remaining ttl; a value alone. */
void hs_command_get(hs_command *command, const hs_key *key);
void hs_command_add_get(hs_command *command, const hs_key *key);
void hs_command_add_value(hs_command *command, const hs_key *key);
void hs_command_add_create(hs_command *command, const hs_key *key, const char *value,
                           size_t length, int64_t ttl_ms);
/* Only ever extends the ttl; `endless` says that the key has no expiry yet. */
void hs_command_add_extend(hs_command *command, const hs_key *key, int64_t ttl_ms,
                           bool endless);
void hs_command_delete(hs_command *command, const hs_key *key);
/* A message to "<prefix>events". */
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

void hs_command_add_script(hs_command *command, const hs_script_call *call);

/*
 * Has the first script sent as its text instead of its hash, for a server that does
 * not know it; from then on the hash does.
 */
void hs_command_send_script(hs_command *command);

void hs_command_free(hs_command *command);

/* Whether the index-th reply is one that this command can get. */
bool hs_command_accepts(const hs_command *command, int index, const hs_reply *reply);

#endif
