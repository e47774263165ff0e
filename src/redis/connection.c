#include "redis/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/invariant.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/yield.h"
#include "redis/dial.h"
#include "redis/outcome.h"
#include "redis/refusal.h"

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
    hs_descriptor_close(&connection->fd);
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

/* What was not sent yet. To give up such a call breaks the connection, because half a
 * command may be sent. */
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
    else
        connection->broken_error = errno;
    HS_INVARIANT(batch_is_consistent(connection));
    return n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

bool hs_connection_is_refused(const hs_connection *connection)
{
    return !connection->is_answered && connection->current.kind == HS_REPLY_ERROR &&
           hs_outcome_refuses_connection(&connection->current);
}

/*
 * Gives the reply that is complete to the call it belongs to. OK, PROTOCOL, or the
 * code by which the server refuses the connection; then no call has run.
 */
static int deliver(hs_connection *connection)
{
    hs_advice advice;
    if (hs_connection_is_refused(connection))
        return hs_outcome_of_error(&connection->current, &advice);
    hs_slot *slot = &connection->slots[connection->first];
    /* Of several commands of one call the first may be answered before the last is sent.
     */
    if (connection->first == connection->count || connection->sent <= slot->start ||
        (slot->replies_left == 1 && connection->sent < slot->end))
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
    connection->is_answered = true;
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
    if (n <= 0) {
        connection->broken_error = n < 0 ? errno : 0;
        return SESSION_UNAVAILABLE;
    }
    int rc = hs_reader_feed(&connection->reader, bytes, (size_t)n);
    hs_memory_wipe(bytes, (size_t)n);
    return rc == SESSION_OK ? deliver_all(connection) : rc;
}

/*
 * Reads what a server said before it was asked, as one does that takes no more
 * clients: an error, or it is no Redis. The code that ends the connection.
 */
static int read_greeting(hs_connection *connection)
{
    hs_advice advice;
    char bytes[READ_SIZE];
    hs_reply *greeting = &connection->current;
    ssize_t n = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n <= 0) {
        connection->broken_error = n < 0 ? errno : 0;
        return SESSION_UNAVAILABLE;
    }
    int rc = hs_reader_feed(&connection->reader, bytes, (size_t)n);
    if (rc == SESSION_OK)
        rc = hs_reader_next(&connection->reader, greeting);
    if (rc == SESSION_OK)
        rc = greeting->kind == HS_REPLY_ERROR ? hs_outcome_of_error(greeting, &advice)
                                              : SESSION_PROTOCOL;
    return hs_outcome_of_handshake(rc);
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
        if (connection->first == connection->count || !hs_yield())
            break;
        rc = receive_some(connection);
    }
    return rc;
}

hs_progress hs_connection_run(hs_connection *connection, const hs_call *own,
                              hs_deadline until)
{
    const hs_deadline past = {0};
    if (connection->sent == 0 && !send_some(connection))
        return break_off(connection, connection->is_answered ? SESSION_UNAVAILABLE
                                                             : read_greeting(connection));
    int rc = connection->count > 1 ? read_between_others(connection) : SESSION_OK;
    while (rc == SESSION_OK && connection->first < connection->count) {
        int events;
        bool is_over = own->result == HS_CALL_ANSWERED;
        if (!wait_ready(connection, is_over ? past : until, &events))
            return is_over ? HS_BATCH_REST : HS_BATCH_TIMEOUT;
        if ((events & POLLOUT) != 0 && !send_some(connection))
            rc = SESSION_UNAVAILABLE;
        else if ((events & ~POLLOUT) != 0)
            rc = receive_some(connection);
    }
    return rc == SESSION_OK ? finish(connection) : break_off(connection, rc);
}

/* ---- The end ---- */

void hs_connection_give_up(hs_connection *connection)
{
    connection->broken = SESSION_UNAVAILABLE;
    connection->broken_error = HS_NO_ANSWER;
}

static const char *text_of_end(const hs_connection *connection)
{
    if (connection->broken == SESSION_PROTOCOL)
        return "a reply makes no sense";
    if (connection->broken == SESSION_TOO_BIG)
        return "a reply is too big";
    if (connection->broken == SESSION_NO_MEMORY)
        return "out of memory";
    if (connection->broken_error == HS_NO_ANSWER)
        return "no answer in time";
    if (connection->broken_error == 0)
        return "the server closed it";
    return hs_text_of_errno(connection->broken_error);
}

void hs_connection_describe(const hs_connection *connection, const char *place,
                            const hs_reason *why)
{
    char words[HS_REFUSAL_SIZE];
    bool has_words =
        !connection->is_answered && connection->current.kind == HS_REPLY_ERROR;
    if (has_words) {
        hs_refusal_describe(&connection->current, words);
        hs_refuse(why, SESSION_OK, "connect %s: %s", place, words);
    } else if (connection->broken == SESSION_PROTOCOL && !connection->is_answered) {
        hs_refuse(why, SESSION_OK, "%s does not speak Redis", place);
    } else {
        hs_refuse(why, SESSION_OK, "the connection to %s was lost: %s", place,
                  text_of_end(connection));
    }
}

/* ---- Opening ---- */

bool hs_connection_answers(hs_connection *connection, hs_deadline deadline)
{
    /* With a word to say again, because "PONG" is a status that no call gets. */
    static const char *const words[] = {"PING", "hisession"};
    hs_command command;
    hs_reply reply = {0};
    hs_call call = {.command = &command, .replies = &reply};
    hs_command_begin(&command);
    hs_command_add(&command, words, 2, (hs_expected){.kinds = HS_REPLY_STRING});
    hs_connection_begin(connection);
    hs_connection_add(connection, &call);
    hs_progress progress = hs_connection_run(connection, &call, deadline);
    hs_reply_free(&reply);
    hs_command_free(&command);
    return progress == HS_BATCH_DONE; /* an error, too, is a sign of life */
}

/* One command of the introduction, and what it does, for people. */
typedef struct {
    const char *action;
    hs_command command;
    hs_call call;
    hs_reply reply;
} step;

enum { MOST_STEPS = 2, ACTION_SIZE = 48 };

typedef struct {
    step steps[MOST_STEPS];
    int count;
    char selection[ACTION_SIZE];
} introduction;

static step *add_step(introduction *all, const char *action)
{
    step *added = &all->steps[all->count++];
    *added = (step){.action = action};
    added->call.command = &added->command;
    added->call.replies = &added->reply;
    return added;
}

/* Logs in and selects, as far as the endpoint asks for it. */
static void make_introduction(introduction *all, const hs_endpoint *endpoint)
{
    all->count = 0;
    if (endpoint->password[0] != '\0')
        hs_command_auth(&add_step(all, "log in to")->command, endpoint->user,
                        endpoint->password);
    if (endpoint->database == 0)
        return;
    snprintf(all->selection, sizeof all->selection, "select database %lld at",
             (long long)endpoint->database);
    hs_command_select(&add_step(all, all->selection)->command, endpoint->database);
}

static void free_introduction(introduction *all)
{
    for (int i = 0; i < all->count; i++) {
        hs_reply_free(&all->steps[i].reply);
        hs_command_free(&all->steps[i].command);
    }
}

/* Sends all of it at once, because each round trip is time that a call has not. */
static int send_introduction(hs_connection *connection, introduction *all,
                             hs_deadline deadline, const char *place,
                             const hs_reason *why)
{
    hs_connection_begin(connection);
    for (int i = 0; i < all->count; i++) {
        const step *s = &all->steps[i];
        if (s->command.bytes.failed)
            return hs_refuse(why, SESSION_NO_MEMORY, "%s %s: out of memory", s->action,
                             place);
        hs_connection_add(connection, &all->steps[i].call);
    }
    const hs_call *last = &all->steps[all->count - 1].call;
    if (hs_connection_run(connection, last, deadline) == HS_BATCH_TIMEOUT)
        hs_connection_give_up(connection);
    return SESSION_OK;
}

static int judge_refusal(const step *s, const char *place, const hs_reason *why)
{
    hs_advice advice;
    char words[HS_REFUSAL_SIZE];
    const hs_reply *reply = &s->reply;
    int code = hs_outcome_of_error(reply, &advice);
    /* "ERR AUTH called without ...": there is no such login. */
    bool is_login = strcmp(s->command.expected[0].name, "AUTH") == 0;
    hs_refusal_describe(reply, words);
    return hs_refuse(why, is_login && code == SESSION_CONFIG ? SESSION_AUTH : code,
                     "%s %s: %s", s->action, place, words);
}

/* What the first step came to that was not answered well. */
static int judge_introduction(const hs_connection *connection, const introduction *all,
                              const char *place, const hs_reason *why)
{
    for (int i = 0; i < all->count; i++) {
        const step *s = &all->steps[i];
        if (s->call.result == HS_CALL_ANSWERED && s->reply.kind == HS_REPLY_ERROR)
            return judge_refusal(s, place, why);
    }
    if (connection->broken != SESSION_OK)
        hs_connection_describe(connection, place, why);
    return connection->broken;
}

static int introduce(hs_connection *connection, const hs_endpoint *endpoint,
                     const char *place, hs_deadline deadline, const hs_reason *why)
{
    introduction all;
    make_introduction(&all, endpoint);
    if (all.count == 0)
        return SESSION_OK;
    int rc = send_introduction(connection, &all, deadline, place, why);
    if (rc == SESSION_OK)
        rc = judge_introduction(connection, &all, place, why);
    free_introduction(&all);
    return rc;
}

int hs_connection_open(hs_connection *connection, const hs_endpoint *endpoint,
                       hs_deadline deadline, const hs_reason *why)
{
    char place[HS_PLACE_SIZE];
    hs_endpoint_place(endpoint, place);
    int rc = hs_reader_init(&connection->reader);
    if (rc != SESSION_OK)
        return hs_refuse(why, rc, "connect %s: out of memory", place);
    connection->is_answered = false;
    rc = hs_dial(endpoint, deadline, why, &connection->fd);
    if (rc == SESSION_OK && !hs_connection_is_quiet(connection)) {
        rc = connection->broken = read_greeting(connection);
        hs_connection_describe(connection, place, why);
    }
    if (rc == SESSION_OK)
        rc = introduce(connection, endpoint, place, deadline, why);
    if (rc != SESSION_OK)
        hs_connection_close(connection);
    return hs_outcome_of_handshake(rc);
}

int hs_connection_open_socket(const hs_endpoint *endpoint, hs_deadline deadline,
                              const hs_reason *why, int *out)
{
    const size_t short_replies = 4096;
    hs_connection connection;
    hs_connection_init(&connection, short_replies);
    int rc = hs_connection_open(&connection, endpoint, deadline, why);
    if (rc != SESSION_OK)
        return rc;
    *out = connection.fd;
    connection.fd = -1;
    hs_connection_close(&connection);
    return SESSION_OK;
}
