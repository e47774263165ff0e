#include "users/chain.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "events/event_publish.h"
#include "hisession/events.h"
#include "users/place.h"

enum {
    TOGETHER = 100, /* ids that are ended in one write */
    LONGEST = 1000  /* links; only a forged chain has more, or goes round */
};

/* What the steps share. */
typedef struct {
    session_store *store;
    const char *user; /* NULL for any */
    hs_deadline deadline;
    hs_ending ending;
    char lists[HS_RING_SIZE * HS_HANDLE_SIZE + 1]; /* the user's, as hs_ending has them */
} work;

void hs_chain_begin(hs_chain *chain, const char *id)
{
    *chain = (hs_chain){0};
    memcpy(chain->id, id, strlen(id) + 1);
}

/*
 * The next ones that are not over, up to TOGETHER of them; how many. With `unsure` only
 * those of which it is not known whose they go on as.
 */
static size_t pick(hs_chain *chains, size_t count, bool unsure, size_t *at,
                   hs_chain **out)
{
    size_t picked = 0;
    for (; *at < count && picked < TOGETHER; (*at)++)
        if (!chains[*at].is_over && (!unsure || chains[*at].is_unsure))
            out[picked++] = &chains[*at];
    return picked;
}

/* ---- Whose the next one is ---- */

/* Ends the walk along chains that somebody else's session goes on. */
static int stop_at_others(const work *w, hs_chain *const *picked, size_t count)
{
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    for (size_t i = 0; i < count; i++)
        hs_store_add_look(w->store, &command, picked[i]->id);
    hs_client_run(&w->store->client, &command, w->deadline, HS_TRY_READ, &answer);
    int rc = hs_outcome_of_read(&answer);
    for (size_t i = 0; rc == SESSION_OK && i < count; i++) {
        hs_look look;
        rc = hs_store_judge_look(w->store, &answer.replies[i * HS_LOOK_REPLIES], &look);
        if (rc != SESSION_OK)
            break;
        picked[i]->is_over =
            look.fate == HS_FATE_LIVES && !hs_user_owns(w->store, w->user, &look.outline);
    }
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

static int look_before_ending(const work *w, hs_chain *chains, size_t count)
{
    hs_chain *picked[TOGETHER] = {0};
    size_t at = 0, found;
    int rc = SESSION_OK;
    while (rc == SESSION_OK && (found = pick(chains, count, true, &at, picked)) > 0)
        rc = stop_at_others(w, picked, found);
    return rc;
}

/* ---- Ending ---- */

/* Tells of a session that ended under another id than was known before. */
static void tell_end(const work *w, const hs_chain *chain)
{
    hs_events_publish(w->store, SESSION_EVENT_DESTROYED, chain->id, NULL, w->user,
                      w->deadline);
}

/* Takes in what became of one id: it ended, or the chain goes on. */
static void take_end(const work *w, const hs_end *end, hs_chain *chain)
{
    const char *list = end->was.next_list;
    chain->has_ended = end->has_ended;
    chain->is_over = end->was.fate != HS_FATE_MOVED;
    chain->is_unsure = list[0] == '\0';
    if (end->id[0] != '\0')
        memcpy(chain->id, end->id, sizeof chain->id);
    if (end->has_ended)
        hs_ignore(hs_user_list_of_outline(w->store, &end->was.outline, &chain->list));
    if (end->has_ended && end->id[0] != '\0')
        tell_end(w, chain);
    if (chain->is_over)
        return;
    memcpy(chain->id, end->was.next, sizeof chain->id);
    chain->links++;
    if (w->user != NULL && !chain->is_unsure)
        chain->is_over = !hs_user_has_list(w->store, w->user, list);
}

static void add_end(const work *w, hs_command *command, const hs_chain *chain)
{
    hs_buffer message = hs_events_of_end(w->store, chain->id, w->user);
    hs_store_add_end(w->store, command, chain->id, &w->ending, &message);
    hs_buffer_free(&message);
}

/* Takes in the replies that came, also if others did not. */
static int take_ends(const work *w, const hs_answer *answer, hs_chain *const *picked,
                     size_t count)
{
    int rc = SESSION_OK;
    for (size_t i = 0; i < count && answer->code != SESSION_NO_MEMORY; i++) {
        hs_end end;
        const hs_reply *reply = &answer->replies[i];
        if (reply->kind != HS_REPLY_STRING && reply->kind != HS_REPLY_NIL)
            continue;
        int one = hs_store_judge_end(w->store, &w->ending, reply, &end);
        if (one == SESSION_OK)
            take_end(w, &end, picked[i]);
        else
            rc = one;
    }
    return rc;
}

static int end_together(const work *w, hs_chain *const *picked, size_t count)
{
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    for (size_t i = 0; i < count; i++)
        add_end(w, &command, picked[i]);
    hs_client_run(&w->store->client, &command, w->deadline, HS_TRY_AGAIN, &answer);
    int rc = hs_outcome_of_write(&answer);
    int taken = take_ends(w, &answer, picked, count);
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc == SESSION_OK ? taken : rc;
}

/* Ends one id of each chain that is not over; `open` says whether any was. */
static int end_links(const work *w, hs_chain *chains, size_t count, bool *open)
{
    hs_chain *picked[TOGETHER] = {0};
    size_t at = 0, found;
    int rc = SESSION_OK;
    *open = false;
    while (rc == SESSION_OK && (found = pick(chains, count, false, &at, picked)) > 0) {
        *open = true;
        rc = end_together(w, picked, found);
    }
    return rc;
}

static bool is_too_long(const hs_chain *chains, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!chains[i].is_over && chains[i].links > LONGEST)
            return true;
    return false;
}

/* Takes what ended off its user's list. */
static void leave_lists(const work *w, const hs_chain *chains, size_t count)
{
    hs_command command;
    hs_command_begin(&command);
    for (size_t i = 0; i < count; i++)
        if (chains[i].has_ended && chains[i].list.name[0] != '\0')
            hs_place_add_removal(&command, &chains[i].list, chains[i].id);
    if (command.reply_count > 0)
        hs_store_run_minor(w->store, &command, w->deadline);
    hs_command_free(&command);
}

static void name_lists(work *w)
{
    size_t length = 0;
    for (size_t i = 0; i < hs_store_key_count(w->store); i++) {
        hs_user_list list;
        hs_user_list_of(w->store, w->user, i, &list);
        length += (size_t)snprintf(w->lists + length, sizeof w->lists - length, " %s",
                                   list.name);
    }
    w->ending.lists = w->lists;
}

int hs_chain_end(session_store *store, const char *user, hs_chain *chains, size_t count,
                 hs_deadline deadline)
{
    work w = {.store = store, .user = user, .deadline = deadline};
    bool open = true;
    hs_store_begin_ending(&w.ending);
    if (user != NULL)
        name_lists(&w);
    int rc = end_links(&w, chains, count, &open);
    while (rc == SESSION_OK && open) {
        if (is_too_long(chains, count))
            rc = SESSION_UNKNOWN;
        if (rc == SESSION_OK && user != NULL)
            rc = look_before_ending(&w, chains, count);
        if (rc == SESSION_OK)
            rc = end_links(&w, chains, count, &open);
    }
    leave_lists(&w, chains, count);
    return rc;
}
