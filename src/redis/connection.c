#include "redis/connection.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/invariant.h"
#include "base/memory.h"
#include "redis/dial.h"
#include "redis/outcome.h"

enum {
    READ_SIZE = 16 * 1024,
    PATIENCE = 10 /* how often a leader looks for replies before it sleeps */
};

void hs_connection_init(hs_connection *connection, size_t reply_limit)
{
    *connection = (hs_connection){.fd = -1, .reply_limit = reply_limit};
}

void hs_connection_close(hs_connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    hs_reply_free(&connection->current);
    hs_reader_free(&connection->reader);
}

bool hs_connection_is_quiet(const hs_connection *connection)
{
    char byte;
    ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* ---- A batch ---- */

/* The slots are in the order of their bytes, without a gap, and so are the replies. */
static bool batch_is_consistent(const hs_connection *connection)
{
    size_t end = 0;
    for (size_t i = 0; i < connection->count; i++) {
        const hs_slot *slot = &connection->slots[i];
        bool is_answered = slot->replies_left == 0;
        if (slot->start != end || is_answered != (i < connection->first))
            return false;
        if (is_answered && slot->end > connection->sent)
            return false;
        end = slot->end;
    }
    return connection->first <= connection->count && end == connection->length &&
           connection->sent <= connection->length;
}

void hs_connection_begin(hs_connection *connection)
{
    connection->broken = SESSION_OK;
    connection->count = 0;
    connection->first = 0;
    connection->length = 0;
    connection->sent = 0;
}

void hs_connection_add(hs_connection *connection, hs_call *call)
{
    HS_INVARIANT(connection->count < HS_BATCH_CALLS);
    HS_INVARIANT(connection->sent == 0);
    connection->slots[connection->count++] = (hs_slot){
        .call = call,
        .start = connection->length,
        .end = connection->length + call->command->bytes.length,
        .replies_left = call->command->reply_count,
    };
    connection->length += call->command->bytes.length;
    HS_INVARIANT(batch_is_consistent(connection));
}

static hs_progress break_off(hs_connection *connection, int code)
{
    connection->broken = code;
    return HS_BATCH_BROKEN;
}

/* What was not sent yet. Whoever gives up such a call breaks the connection. */
static size_t unsent_parts(const hs_connection *connection, struct iovec *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < connection->count; i++) {
        const hs_slot *slot = &connection->slots[i];
        if (slot->end <= connection->sent)
            continue;
        HS_INVARIANT(slot->call != NULL);
        size_t done = connection->sent > slot->start ? connection->sent - slot->start : 0;
        parts[count++] = (struct iovec){slot->call->command->bytes.data + done,
                                        slot->end - slot->start - done};
    }
    return count;
}

/* Sends what the socket takes; false if it is broken. */
static bool send_some(hs_connection *connection)
{
    struct iovec parts[HS_BATCH_CALLS];
    struct msghdr message = {.msg_iov = parts};
    message.msg_iovlen = unsent_parts(connection, parts);
    ssize_t n = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
        connection->sent += (size_t)n;
    HS_INVARIANT(batch_is_consistent(connection));
    return n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Gives the reply that is complete to the call it belongs to. OK or PROTOCOL. */
static int deliver(hs_connection *connection)
{
    hs_slot *slot = &connection->slots[connection->first];
    if (connection->first == connection->count || connection->sent < slot->end)
        return SESSION_PROTOCOL; /* more replies than commands */
    hs_call *call = slot->call;
    if (call != NULL &&
        !hs_command_accepts(call->command, call->reply_count, &connection->current))
        return SESSION_PROTOCOL;
    if (call != NULL)
        call->replies[call->reply_count++] = connection->current;
    else
        hs_reply_free(&connection->current);
    connection->current = (hs_reply){0};
    if (--slot->replies_left > 0)
        return SESSION_OK;
    connection->first++;
    if (call != NULL)
        call->result = HS_CALL_ANSWERED;
    HS_INVARIANT(batch_is_consistent(connection));
    return SESSION_OK;
}

static int deliver_all(hs_connection *connection)
{
    for (;;) {
        int rc = hs_reader_next(&connection->reader, &connection->current);
        if (rc == SESSION_OK && connection->current.kind == HS_REPLY_NONE)
            break;
        if (rc == SESSION_OK)
            rc = deliver(connection);
        if (rc != SESSION_OK)
            return rc;
    }
    return hs_reader_pending(&connection->reader) > connection->reply_limit
               ? SESSION_TOO_BIG
               : SESSION_OK;
}

/* Reads what came in. OK, or why the connection is broken. */
static int receive_some(hs_connection *connection)
{
    char bytes[READ_SIZE];
    ssize_t n = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return SESSION_OK;
    if (n <= 0)
        return SESSION_UNAVAILABLE;
    int rc = hs_reader_feed(&connection->reader, bytes, (size_t)n);
    hs_memory_wipe(bytes, (size_t)n);
    return rc == SESSION_OK ? deliver_all(connection) : rc;
}

/* The batch was answered: whatever is left over answers nothing of ours. */
static hs_progress finish(hs_connection *connection)
{
    if (hs_reader_pending(&connection->reader) > 0)
        return break_off(connection, SESSION_PROTOCOL);
    hs_reader_wipe(&connection->reader);
    return HS_BATCH_DONE;
}

/* Waits until the socket is ready; false if `until` passed first. */
static bool wait_ready(const hs_connection *connection, hs_deadline until, int *events)
{
    bool unsent = connection->sent < connection->length;
    struct pollfd ready = {connection->fd, (short)(POLLIN | (unsent ? POLLOUT : 0)), 0};
    int left = hs_deadline_poll_timeout(until);
    int n = poll(&ready, 1, left);
    *events = n > 0 ? ready.revents : 0;
    return n != 0 || left > 0;
}

/*
 * A batch of several calls means that other threads want the processor: while
 * they run, the replies mostly come in, which spares this one its sleep.
 */
static int read_between_others(hs_connection *connection)
{
    int rc = SESSION_OK;
    for (int i = 0; i < PATIENCE && rc == SESSION_OK; i++) {
        if (connection->first == connection->count)
            break;
        sched_yield();
        rc = receive_some(connection);
    }
    return rc;
}

hs_progress hs_connection_run(hs_connection *connection, hs_deadline until)
{
    if (connection->sent == 0 && !send_some(connection))
        return break_off(connection, SESSION_UNAVAILABLE);
    int rc = connection->count > 1 ? read_between_others(connection) : SESSION_OK;
    while (rc == SESSION_OK && connection->first < connection->count) {
        int events;
        if (!wait_ready(connection, until, &events))
            return HS_BATCH_TIMEOUT;
        if ((events & POLLOUT) != 0 && !send_some(connection))
            rc = SESSION_UNAVAILABLE;
        else if ((events & ~POLLOUT) != 0)
            rc = receive_some(connection);
    }
    return rc == SESSION_OK ? finish(connection) : break_off(connection, rc);
}

/* ---- Opening ---- */

/* One command on a connection that nobody shares yet. */
static int run_alone(hs_connection *connection, const hs_command *command,
                     hs_deadline deadline)
{
    hs_advice advice;
    hs_call call = {.command = command};
    if (command->bytes.failed)
        return SESSION_NO_MEMORY;
    hs_connection_begin(connection);
    hs_connection_add(connection, &call);
    switch (hs_connection_run(connection, deadline)) {
    case HS_BATCH_TIMEOUT:
        return SESSION_UNAVAILABLE;
    case HS_BATCH_BROKEN:
        return connection->broken;
    default:
        return call.replies[0].kind == HS_REPLY_ERROR
                   ? hs_outcome_of_error(&call.replies[0], &advice)
                   : SESSION_OK;
    }
}

static int authenticate(hs_connection *connection, const hs_endpoint *endpoint,
                        hs_deadline deadline)
{
    hs_command command;
    hs_command_auth(&command, endpoint->user, endpoint->password);
    int rc = run_alone(connection, &command, deadline);
    hs_command_free(&command);
    return rc == SESSION_CONFIG ? SESSION_AUTH : rc; /* "ERR AUTH called without ..." */
}

static int select_database(hs_connection *connection, const hs_endpoint *endpoint,
                           hs_deadline deadline)
{
    hs_command command;
    hs_command_select(&command, endpoint->database);
    int rc = run_alone(connection, &command, deadline);
    hs_command_free(&command);
    return rc;
}

int hs_connection_open(hs_connection *connection, const hs_endpoint *endpoint,
                       hs_deadline deadline)
{
    int rc = hs_reader_init(&connection->reader);
    if (rc == SESSION_OK)
        rc = hs_dial(endpoint, deadline, &connection->fd);
    /* An answer before the question: there is no room, or this is no Redis. */
    if (rc == SESSION_OK && !hs_connection_is_quiet(connection))
        rc = SESSION_UNAVAILABLE;
    if (rc == SESSION_OK && endpoint->password[0] != '\0')
        rc = authenticate(connection, endpoint, deadline);
    if (rc == SESSION_OK && endpoint->database != 0)
        rc = select_database(connection, endpoint, deadline);
    if (rc != SESSION_OK)
        hs_connection_close(connection);
    return hs_outcome_of_handshake(rc);
}

int hs_connection_open_socket(const hs_endpoint *endpoint, hs_deadline deadline, int *out)
{
    const size_t short_replies = 4096;
    hs_connection connection;
    hs_connection_init(&connection, short_replies);
    int rc = hs_connection_open(&connection, endpoint, deadline);
    if (rc != SESSION_OK)
        return rc;
    *out = connection.fd;
    connection.fd = -1;
    hs_connection_close(&connection);
    return SESSION_OK;
}
