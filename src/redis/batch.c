#include "redis/batch.h"

static void take_off(hs_connection *connection, size_t slot, const hs_call *own,
                     hs_finished *finished)
{
    if (connection->slots[slot].call != own)
        finished->calls[finished->count++] = connection->slots[slot].call;
    connection->slots[slot].call = NULL;
}

void hs_batch_take_answered(hs_connection *connection, const hs_call *own,
                            hs_finished *finished)
{
    for (size_t i = 0; i < connection->first; i++)
        if (connection->slots[i].call != NULL)
            take_off(connection, i, own, finished);
}

void hs_batch_expire(hs_connection *connection, const hs_call *own, hs_finished *finished)
{
    for (size_t i = connection->first; i < connection->count; i++) {
        hs_call *call = connection->slots[i].call;
        if (call == NULL || !hs_deadline_has_passed(call->deadline))
            continue;
        call->result = HS_CALL_LOST;
        call->code = SESSION_UNAVAILABLE;
        take_off(connection, i, own, finished);
    }
}

void hs_batch_fail(hs_connection *connection, const hs_call *own, hs_finished *finished)
{
    for (size_t i = connection->first; i < connection->count; i++) {
        const hs_slot *slot = &connection->slots[i];
        if (slot->call == NULL)
            continue;
        bool sent =
            connection->sent > slot->start && !hs_connection_is_refused(connection);
        slot->call->result = sent ? HS_CALL_LOST : HS_CALL_NOT_SENT;
        /* Only the first can be to blame for what came in. */
        slot->call->code =
            i == connection->first ? connection->broken : SESSION_UNAVAILABLE;
        take_off(connection, i, own, finished);
    }
}

hs_deadline hs_batch_deadline(const hs_connection *connection)
{
    hs_deadline first = {INT64_MAX};
    for (size_t i = connection->first; i < connection->count; i++)
        if (connection->slots[i].call != NULL)
            first = hs_deadline_earlier(first, connection->slots[i].call->deadline);
    return first;
}

hs_call *hs_batch_first(const hs_connection *connection)
{
    for (size_t i = connection->first; i < connection->count; i++)
        if (connection->slots[i].call != NULL)
            return connection->slots[i].call;
    return NULL;
}
