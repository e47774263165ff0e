/* What stands under a storage id, for those who do not know the id. */
#include <string.h>

#include "base/attributes.h"
#include "record/sealed.h"
#include "store/store.h"

void hs_store_add_look(const session_store *store, hs_command *command, const char *id)
{
    hs_key key, mark;
    hs_key_make(&key, store->settings.prefix, id);
    hs_key_make_mark(&mark, &key);
    hs_command_add_get(command, &key);
    hs_command_add_value(command, &mark);
    hs_command_last_is_minor(command); /* a mark that is none says nothing */
}

static int read_outline(const session_store *store, hs_slice stored, hs_record *outline)
{
    if (hs_slice_equals(stored, hs_record_tombstone))
        return SESSION_NOT_FOUND;
    if (store->ring != NULL)
        return hs_sealed_read_outline(stored, outline);
    return hs_record_decode_metadata(stored, outline);
}

int hs_store_judge_stored(const session_store *store, hs_slice stored, hs_look *look)
{
    *look = (hs_look){.fate = HS_FATE_LIVES};
    int rc = read_outline(store, stored, &look->outline);
    if (rc == SESSION_NO_MEMORY)
        return rc;
    if (rc == SESSION_CORRUPT) /* another program's */
        look->outline = (hs_record){0};
    else if (rc != SESSION_OK || hs_record_is_over(&look->outline, hs_clock_unix_ms()))
        look->fate = HS_FATE_GONE;
    if (!hs_record_is_retired(&look->outline))
        return SESSION_OK;
    look->fate = HS_FATE_MOVED;
    look->is_marked = true;
    memcpy(look->next, look->outline.next, sizeof look->next);
    return SESSION_OK;
}

/* A record that is there counts for more than a mark, which may be of former times. */
static void take_mark(const hs_reply *reply, hs_look *look)
{
    hs_mark mark = {0};
    if (reply->kind == HS_REPLY_STRING)
        hs_ignore(hs_mark_read((hs_slice){reply->text, reply->length}, &mark));
    if (mark.kind != HS_MARK_MOVED)
        return;
    look->is_marked = true;
    memcpy(look->next_list, mark.list, sizeof look->next_list);
    if (look->fate != HS_FATE_GONE)
        return;
    look->fate = HS_FATE_MOVED;
    memcpy(look->next, mark.next, sizeof look->next);
}

int hs_store_judge_look(const session_store *store, const hs_reply *replies,
                        hs_look *look)
{
    int rc = SESSION_OK;
    *look = (hs_look){0};
    if (replies[0].kind == HS_REPLY_STRING)
        rc = hs_store_judge_stored(store, (hs_slice){replies[0].text, replies[0].length},
                                   look);
    look->remaining_ttl_ms = replies[1].integer;
    take_mark(&replies[2], look);
    return rc;
}

/* Looks at an id; the answer, to be freed, is what the look points into. */
static int look_at(session_store *store, const char *id, hs_deadline deadline,
                   hs_answer *answer, hs_look *look)
{
    hs_command command;
    hs_command_begin(&command);
    hs_store_add_look(store, &command, id);
    hs_client_run(&store->client, &command, deadline, HS_TRY_READ, answer);
    int rc = hs_outcome_of_read(answer);
    if (rc == SESSION_OK)
        rc = hs_store_judge_look(store, answer->replies, look);
    hs_command_free(&command);
    return rc;
}

int hs_store_look(session_store *store, const char *id, hs_deadline deadline,
                  hs_fate *fate, char next[HS_ID_SIZE])
{
    hs_answer answer;
    hs_look look;
    int rc = look_at(store, id, deadline, &answer, &look);
    if (rc == SESSION_OK) {
        *fate = look.fate;
        memcpy(next, look.next, sizeof look.next);
    }
    hs_answer_free(&answer);
    return rc;
}

/* Whether a session is still the user's, of one that has a user. */
static bool is_same_user(hs_slice user, const hs_record *outline)
{
    return user.length == 0 ||
           (user.length == outline->user.length &&
            memcmp(user.start, outline->user.start, user.length) == 0);
}

/* Goes one step along a chain. */
static int follow_once(session_store *store, hs_slice user, hs_deadline deadline,
                       hs_fate *fate, char next[HS_ID_SIZE])
{
    hs_answer answer;
    hs_look look;
    int rc = look_at(store, next, deadline, &answer, &look);
    if (rc == SESSION_OK) {
        *fate = look.fate;
        memcpy(next, look.next, sizeof look.next);
        if (look.fate == HS_FATE_LIVES && !is_same_user(user, &look.outline))
            rc = SESSION_NOT_FOUND;
    }
    hs_answer_free(&answer);
    return rc;
}

int hs_store_follow(session_store *store, const hs_record *retired, hs_deadline deadline)
{
    const int longest = 1000; /* only a forged chain is longer, or goes round */
    char next[HS_ID_SIZE];
    hs_look first;
    hs_fate fate = HS_FATE_MOVED;
    const hs_slice stored = {retired->raw, retired->raw_length};
    int rc = hs_store_judge_stored(store, stored, &first);
    memcpy(next, retired->next, sizeof next);
    for (int i = 0; i < longest && rc == SESSION_OK && fate == HS_FATE_MOVED; i++)
        rc = follow_once(store, first.outline.user, deadline, &fate, next);
    if (rc == SESSION_OK && fate != HS_FATE_LIVES)
        rc = SESSION_NOT_FOUND;
    return rc;
}
