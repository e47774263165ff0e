/* Ending ids. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

void hs_store_begin_ending(hs_ending *ending)
{
    *ending = (hs_ending){.lists = ""};
    hs_id_nonce(ending->nonce);
}

/* How long who asked may ask again; a call takes no longer than its deadline. */
static int64_t mark_ttl_ms(const session_store *store)
{
    return 2 * store->settings.deadline;
}

void hs_store_add_end(const session_store *store, hs_command *command, const char *id,
                      const hs_ending *ending, const hs_buffer *message)
{
    hs_key keys[2], channel;
    char numbers[64 + HS_RING_SIZE * HS_HANDLE_SIZE];
    hs_key_make(&keys[0], store->settings.prefix, id);
    hs_key_make_mark(&keys[1], &keys[0]);
    hs_key_make(&channel, store->settings.prefix, HS_EVENTS_CHANNEL);
    snprintf(numbers, sizeof numbers, "%" PRId64 " %" PRId64 " %d%s", mark_ttl_ms(store),
             (int64_t)(ending->blocks ? HS_MARGIN_MS : 0),
             hs_store_is_shared(store) ? 1 : 0, ending->lists);
    const hs_slice arguments[] = {
        {ending->nonce, sizeof ending->nonce},
        hs_slice_of(numbers),
        hs_slice_of(hs_record_tombstone),
        {channel.text, channel.length},
        message != NULL && !message->failed ? (hs_slice){message->data, message->length}
                                            : hs_slice_of(""),
    };
    const hs_script_call call = {
        .script = &hs_script_end,
        .keys = keys,
        .key_count = 2,
        .arguments = arguments,
        .argument_count = sizeof arguments / sizeof arguments[0],
        .expected = {.kinds = HS_REPLY_STRING | HS_REPLY_NIL},
    };
    hs_command_add_script(command, &call);
}

/* What was there is gone now: it ended, unless it had moved and its mark was lost. */
static int judge_removed(const session_store *store, hs_slice stored, hs_end *end)
{
    int rc = hs_store_judge_stored(store, stored, &end->was);
    end->has_ended = end->was.fate == HS_FATE_LIVES;
    return rc;
}

static int judge_mark(const hs_ending *ending, hs_slice text, hs_end *end)
{
    hs_mark mark;
    int rc = hs_mark_read(text, &mark);
    if (mark.kind == HS_MARK_MOVED) {
        end->was.fate = HS_FATE_MOVED;
        memcpy(end->was.next, mark.next, sizeof mark.next);
        memcpy(end->was.next_list, mark.list, sizeof mark.list);
    }
    end->has_ended =
        mark.kind == HS_MARK_ENDED && hs_nonces_have(&mark.nonces, ending->nonce);
    return rc;
}

/* Takes off the id that the session was followed to. */
static int take_walk(hs_slice *text, char id[HS_ID_SIZE])
{
    hs_slice walked = hs_slice_tail(hs_slice_take(text, ' '), 1);
    return hs_id_is_any(walked) && hs_slice_copy(walked, id, HS_ID_SIZE)
               ? SESSION_OK
               : SESSION_CORRUPT;
}

int hs_store_judge_end(const session_store *store, const hs_ending *ending,
                       const hs_reply *reply, hs_end *end)
{
    int rc = SESSION_OK;
    *end = (hs_end){0};
    if (reply->kind == HS_REPLY_NIL)
        return SESSION_OK;
    hs_slice text = {reply->text, reply->length};
    bool has_walked = text.length > 0 && text.start[0] == 'w';
    if (has_walked)
        rc = take_walk(&text, end->id);
    if (rc != SESSION_OK || (has_walked && text.length == 0))
        return rc;
    if (text.length == 0 || text.start[0] != 'r')
        return judge_mark(ending, text, end);
    return judge_removed(store, hs_slice_tail(text, 1), end);
}

void hs_store_block(session_store *store, const char *id, hs_deadline deadline)
{
    hs_command command;
    hs_ending ending;
    hs_store_begin_ending(&ending);
    ending.blocks = true;
    hs_command_begin(&command);
    hs_store_add_end(store, &command, id, &ending, NULL);
    hs_store_run_minor(store, &command, deadline);
    hs_command_free(&command);
}
