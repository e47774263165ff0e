/*
 * What became of a command. This is the only module that decides it:
 *
 *   what came                            applied?  code
 *   -----------------------------------  --------  ------------------------------
 *   every reply, none of them an error   yes       OK
 *   an error that Redis checks before    no        UNAVAILABLE, DEGRADED, FULL,
 *   it runs a command (the table in                AUTH, CORRUPT or CONFIG, as
 *   outcome.c)                                     the table says
 *   any other error, as of a proxy       unknown   UNKNOWN
 *   nothing, and nothing was sent        no        UNAVAILABLE, or why not
 *   nothing, or half a reply, and at     unknown   UNKNOWN for a write,
 *   least one byte was sent                        UNAVAILABLE for a read
 *   a reply that makes no sense          unknown   PROTOCOL
 *
 * An attempt in doubt keeps a later one in doubt: a write that was refused when
 * it was sent again may have been applied the first time. Closing a connection
 * takes nothing back: a command that was sent may still run after its deadline.
 */
#ifndef HISESSION_REDIS_OUTCOME_H
#define HISESSION_REDIS_OUTCOME_H

#include <stdbool.h>

#include "base/attributes.h"
#include "redis/command.h"

/* What may help after an error. */
typedef enum {
    HS_ADVICE_GIVE_UP,     /* the same call would fail again */
    HS_ADVICE_RETRY,       /* it was not applied and may work soon */
    HS_ADVICE_RECONNECT,   /* it was not applied and may work on new connections */
    HS_ADVICE_LOG_IN,      /* it was not applied and may work after a login */
    HS_ADVICE_SEND_SCRIPT, /* it was not applied: the server lacks the script */
} hs_advice;

/*
 * What one attempt, or several, came to. It must stay where it was begun, because it
 * starts out in its own room.
 */
typedef struct {
    int code;      /* OK if every decisive reply is there and none is an error */
    bool in_doubt; /* some attempt, not only the last one, may have been applied */
    hs_reply *replies;
    int reply_count; /* of the command: those that did not come are NONE */
    hs_reply few[HS_COMMAND_REPLIES];
} hs_answer;

/* Has room for the replies to a command. OK, NO_MEMORY; to be freed either way. */
HS_MUST_USE int hs_answer_begin(hs_answer *answer, const hs_command *command);

/* Frees the replies, so that others may come. */
void hs_answer_clear(hs_answer *answer);

void hs_answer_free(hs_answer *answer);

/* The code for an error reply, by how it begins, and what may help. */
HS_MUST_USE int hs_outcome_of_error(const hs_reply *error, hs_advice *advice);

/* Whether a server says this to a new connection, before it closes it. */
bool hs_outcome_refuses_connection(const hs_reply *error);

/* Judges the replies of an answered command: sets what `answer` says of them. */
hs_advice hs_outcome_of_replies(const hs_command *command, hs_answer *answer);

/* Judges a command without an answer, for this reason. */
hs_advice hs_outcome_of_silence(int reason, bool was_sent, hs_answer *answer);

/* The code for a read: one whose answer was lost changed nothing. */
HS_MUST_USE int hs_outcome_of_read(const hs_answer *answer);

/* The code for a write: UNKNOWN while any attempt is in doubt. */
HS_MUST_USE int hs_outcome_of_write(const hs_answer *answer);

/* The code for a login or a subscription, which changes nothing that is stored. */
HS_MUST_USE int hs_outcome_of_handshake(int code);

/* Whether a write that came to this code may have been applied. */
bool hs_outcome_is_in_doubt(int code);

/*
 * The code of several writes that belong together, of which `done` says whether
 * any was confirmed: if another met server trouble, the whole is UNKNOWN, since
 * it is neither done nor left undone.
 */
HS_MUST_USE int hs_outcome_of_several(int code, bool done);

#endif
