#include "redis/outcome.h"

#include <string.h>

#include "base/memory.h"
#include "hisession/session.h"

int hs_answer_begin(hs_answer *answer, const hs_command *command)
{
    *answer = (hs_answer){0};
    answer->replies = answer->few;
    if (command->reply_count > HS_COMMAND_REPLIES)
        answer->replies =
            hs_memory_new((size_t)command->reply_count * sizeof *answer->replies);
    if (answer->replies == NULL || command->bytes.failed) {
        hs_answer_free(answer);
        answer->code = SESSION_NO_MEMORY;
        return SESSION_NO_MEMORY;
    }
    answer->reply_count = command->reply_count;
    return SESSION_OK;
}

void hs_answer_clear(hs_answer *answer)
{
    for (int i = 0; i < answer->reply_count; i++)
        hs_reply_free(&answer->replies[i]);
}

void hs_answer_free(hs_answer *answer)
{
    hs_answer_clear(answer);
    if (answer->replies != answer->few)
        hs_memory_free(answer->replies,
                       (size_t)answer->reply_count * sizeof *answer->replies);
    answer->replies = answer->few;
    answer->reply_count = 0;
}

/* ---- Error replies ---- */

/*
 * By how they begin, because the rest may quote our arguments; what is more specific
 * comes first.
 */
static const struct {
    const char *words;
    int code;
    hs_advice advice;
} errors[] = {
    {"NOSCRIPT", SESSION_UNAVAILABLE, HS_ADVICE_SEND_SCRIPT},
    {"LOADING", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
    {"BUSY", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
    {"CLUSTERDOWN", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
    {"TRYAGAIN", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
    {"MASTERDOWN", SESSION_UNAVAILABLE, HS_ADVICE_RECONNECT},
    {"READONLY", SESSION_DEGRADED, HS_ADVICE_RECONNECT},
    {"NOREPLICAS", SESSION_DEGRADED, HS_ADVICE_RETRY},
    {"MISCONF", SESSION_DEGRADED, HS_ADVICE_GIVE_UP},
    {"OOM", SESSION_FULL, HS_ADVICE_GIVE_UP},
    {"NOAUTH", SESSION_AUTH, HS_ADVICE_LOG_IN},
    /* The same for a command of more than ten words, or with a long one. */
    {"ERR Protocol error: unauthenticated", SESSION_AUTH, HS_ADVICE_LOG_IN},
    {"WRONGPASS", SESSION_AUTH, HS_ADVICE_GIVE_UP},
    {"NOPERM", SESSION_AUTH, HS_ADVICE_GIVE_UP},
    /* A right that a script needs: Redis 7.0; Redis from 7.2 on and Valkey. */
    {"ERR The user executing the script", SESSION_AUTH, HS_ADVICE_GIVE_UP},
    {"ERR ACL failure in script", SESSION_AUTH, HS_ADVICE_GIVE_UP},
    {"WRONGTYPE", SESSION_CORRUPT, HS_ADVICE_GIVE_UP},
    /* A Cluster node under a redis:// URL, or a server without the command. */
    {"MOVED", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
    {"ASK", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
    {"CROSSSLOT", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
    /* What Redis says to a new connection, before it closes it. */
    {"ERR max number of clients", SESSION_UNAVAILABLE, HS_ADVICE_RETRY},
    {"DENIED", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
    {"ERR", SESSION_CONFIG, HS_ADVICE_GIVE_UP},
};

static bool begins_with(const char *text, const char *words)
{
    size_t length = strlen(words);
    return strncmp(text, words, length) == 0 && strchr(" :", text[length]) != NULL;
}

int hs_outcome_of_error(const hs_reply *error, hs_advice *advice)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (begins_with(error->word, errors[i].words)) {
            *advice = errors[i].advice;
            return errors[i].code;
        }
    *advice = HS_ADVICE_GIVE_UP;
    return SESSION_UNKNOWN;
}

bool hs_outcome_refuses_connection(const hs_reply *error)
{
    return begins_with(error->word, "ERR max number of clients") ||
           begins_with(error->word, "DENIED");
}

/* ---- One attempt ---- */

static const hs_reply *find_error(const hs_command *command, const hs_answer *answer)
{
    for (int i = 0; i < command->decisive; i++)
        if (answer->replies[i].kind == HS_REPLY_ERROR && !command->expected[i].minor)
            return &answer->replies[i];
    return NULL;
}

hs_advice hs_outcome_of_replies(const hs_command *command, hs_answer *answer)
{
    hs_advice advice = HS_ADVICE_GIVE_UP;
    const hs_reply *error = find_error(command, answer);
    answer->code = error != NULL ? hs_outcome_of_error(error, &advice) : SESSION_OK;
    answer->in_doubt |= answer->code == SESSION_UNKNOWN;
    return advice;
}

hs_advice hs_outcome_of_silence(int reason, bool was_sent, hs_answer *answer)
{
    answer->code = reason;
    answer->in_doubt |= was_sent;
    return reason == SESSION_UNAVAILABLE || reason == SESSION_PROTOCOL
               ? HS_ADVICE_RETRY
               : HS_ADVICE_GIVE_UP;
}

/* ---- A whole call ---- */

int hs_outcome_of_read(const hs_answer *answer)
{
    return answer->code == SESSION_UNKNOWN ? SESSION_UNAVAILABLE : answer->code;
}

int hs_outcome_of_write(const hs_answer *answer)
{
    if (answer->code == SESSION_OK || answer->code == SESSION_PROTOCOL)
        return answer->code;
    return answer->in_doubt ? SESSION_UNKNOWN : answer->code;
}

int hs_outcome_of_handshake(int code)
{
    return code == SESSION_UNKNOWN ? SESSION_UNAVAILABLE : code;
}

bool hs_outcome_is_in_doubt(int code)
{
    return code == SESSION_UNKNOWN || code == SESSION_PROTOCOL;
}

int hs_outcome_of_several(int code, bool done)
{
    bool in_trouble = session_error_category(code) == SESSION_CATEGORY_SERVER;
    return done && in_trouble ? SESSION_UNKNOWN : code;
}
