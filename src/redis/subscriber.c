#include "redis/subscriber.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/invariant.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "base/thread.h"
#include "redis/backoff.h"
#include "redis/command.h"
#include "redis/connection.h"
#include "redis/outcome.h"

enum {
    READ_SIZE = 16 * 1024,
    MESSAGE_MOST = 256 * 1024, /* bytes that one message may take */
    IDLE_MS = 10 * 1000,
    PONG_MS = 5 * 1000,
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MOST_MS = 5 * 1000,
    BACKOFF_FATAL_MS = 30 * 1000
};

static const int64_t never = INT64_MAX;

/* ---- What the owner polls ---- */

static void set_due(hs_subscriber *s, int64_t due)
{
    struct itimerspec at = {0}; /* off; setting it also takes what went off */
    if (due != never) {
        at.it_value.tv_sec = (time_t)(due / 1000);
        at.it_value.tv_nsec = (long)(due % 1000) * 1000000;
    }
    s->due = due;
    timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static int watch(hs_subscriber *s, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(s->watch, EPOLL_CTL_ADD, fd, &event) == 0)
        return SESSION_OK;
    return errno == ENOMEM ? SESSION_NO_MEMORY : SESSION_SYSTEM;
}

/* Needed before a close: a child may hold the descriptor open. */
static void unwatch(hs_subscriber *s, int fd)
{
    (void)epoll_ctl(s->watch, EPOLL_CTL_DEL, fd, NULL);
}

static int open_watch(hs_subscriber *s)
{
    s->watch = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return s->watch >= 0 && s->timer >= 0 ? watch(s, s->timer) : SESSION_SYSTEM;
}

/* ---- The end of a connection ---- */

/* Notes why the connection is of no more use; returns `code`. */
static int lose(hs_subscriber *s, int code, const char *reason)
{
    const hs_reason why = {s->why, sizeof s->why};
    return hs_refuse(&why, code, "the connection to %s was lost: %s", s->condition.place,
                     reason);
}

static void drop_dialing(hs_subscriber *s)
{
    if (s->dialing == NULL)
        return;
    unwatch(s, hs_dialing_fd(s->dialing));
    hs_dialing_free(s->dialing);
    s->dialing = NULL;
}

static void drop_connection(hs_subscriber *s)
{
    if (s->socket < 0)
        return;
    unwatch(s, s->socket);
    hs_descriptor_close(&s->socket);
    hs_message_free(&s->message);
    hs_reader_free(&s->reader);
}

/* How long to wait until the next attempt after one that failed so. */
static int64_t pause_after(const hs_subscriber *s, int code)
{
    if (code == SESSION_AUTH || code == SESSION_CONFIG)
        return BACKOFF_FATAL_MS / 2 + hs_random_below(BACKOFF_FATAL_MS);
    return 1 + hs_backoff_ms(s->attempt, BACKOFF_FIRST_MS, BACKOFF_MOST_MS);
}

/* Whether the owner is told: it can mend a right or a setting, or free memory. */
static bool must_be_reported(int code)
{
    return code == SESSION_AUTH || code == SESSION_CONFIG || code == SESSION_NO_MEMORY ||
           code == SESSION_SYSTEM;
}

/* Tells the log why the connection is given up, unless it was told. */
static void tell(hs_subscriber *s, int code)
{
    if (s->why[0] != '\0')
        hs_condition_failed(&s->condition, code, s->why);
    s->why[0] = '\0';
}

/* Gives the connection up for a while. What the owner is told of it. */
static int give_up(hs_subscriber *s, int code)
{
    int64_t now = hs_clock_monotonic_ms();
    bool was_listening = s->state == HS_SUBSCRIBER_LISTENING;
    drop_dialing(s);
    drop_connection(s);
    tell(s, code);
    if (was_listening && now - s->since > s->idle_limit)
        s->attempt = 0;
    s->state = HS_SUBSCRIBER_PAUSED;
    set_due(s, now + pause_after(s, code));
    s->attempt++;
    return must_be_reported(code) ? code : SESSION_NOT_FOUND;
}

/* ---- Its beginning ---- */

/* Sends what surely fits into the socket. OK, UNAVAILABLE, NO_MEMORY. */
static int send_command(hs_subscriber *s, hs_command *command)
{
    int rc = SESSION_NO_MEMORY;
    if (!command->bytes.failed) {
        ssize_t n = send(s->socket, command->bytes.data, command->bytes.length,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        rc = n == (ssize_t)command->bytes.length
                 ? SESSION_OK
                 : lose(s, SESSION_UNAVAILABLE, n < 0 ? hs_text_of_errno(errno) : "full");
    }
    hs_command_free(command);
    return rc;
}

static int ask_for(hs_subscriber *s, const char *channel)
{
    hs_command command;
    hs_command_subscribe(&command, channel);
    return send_command(s, &command);
}

/* Takes over a socket and asks for the channels. On failure the caller gives up. */
static int adopt(hs_subscriber *s, int socket)
{
    int rc = hs_reader_init_messages(&s->reader);
    if (rc != SESSION_OK) {
        close(socket);
        return rc;
    }
    s->socket = socket;
    s->state = HS_SUBSCRIBER_ASKING;
    s->answered = 0;
    set_due(s, hs_clock_monotonic_ms() + s->pong_limit);
    rc = watch(s, socket);
    for (int i = 0; rc == SESSION_OK && i < 2; i++)
        rc = ask_for(s, s->channels[i]);
    return rc;
}

static int start_dialing(hs_subscriber *s)
{
    hs_deadline deadline = hs_deadline_after(s->connect_timeout);
    int rc = hs_dialing_start(&s->endpoint, deadline, &s->dialing);
    if (rc == SESSION_OK)
        rc = watch(s, hs_dialing_fd(s->dialing));
    if (rc != SESSION_OK)
        return rc;
    s->state = HS_SUBSCRIBER_DIALING;
    set_due(s, never);
    return SESSION_NOT_FOUND;
}

/* Goes on with the socket if it is there. NOT_FOUND, or why it failed. */
static int take_dialed(hs_subscriber *s)
{
    int socket;
    const hs_reason why = {s->why, sizeof s->why};
    int rc = hs_dialing_take(s->dialing, &why, &socket);
    if (rc == SESSION_NOT_FOUND)
        return rc;
    drop_dialing(s);
    if (rc == SESSION_OK)
        rc = adopt(s, socket);
    return rc == SESSION_OK ? SESSION_NOT_FOUND : rc;
}

/* ---- Reading ---- */

static int lose_sense(hs_subscriber *s)
{
    return lose(s, SESSION_PROTOCOL, "a message makes no sense");
}

/* OK, NOT_FOUND if nothing came, or why the connection is of no more use. */
static int receive(hs_subscriber *s)
{
    char bytes[READ_SIZE];
    ssize_t n = recv(s->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return SESSION_NOT_FOUND;
    if (n <= 0)
        return lose(s, SESSION_UNAVAILABLE,
                    n < 0 ? hs_text_of_errno(errno) : "the server closed it");
    s->heard = hs_clock_monotonic_ms();
    if (s->asked_alive)
        set_due(s, s->heard + s->idle_limit);
    s->asked_alive = false;
    int rc = hs_reader_feed(&s->reader, bytes, (size_t)n);
    hs_memory_wipe(bytes, (size_t)n);
    return rc;
}

/* Reads one message. OK, NOT_FOUND, or why the connection is of no more use. */
static int read_message(hs_subscriber *s, int *reads)
{
    if (s->message.complete)
        hs_message_free(&s->message);
    for (;;) {
        int rc = hs_reader_next_message(&s->reader, &s->message);
        if (rc == SESSION_PROTOCOL)
            return lose_sense(s);
        if (rc != SESSION_OK || s->message.complete)
            return rc;
        if (hs_reader_pending(&s->reader) > MESSAGE_MOST)
            return lose(s, SESSION_PROTOCOL, "a message is too big");
        if (*reads == 0)
            return SESSION_NOT_FOUND; /* the socket is still readable */
        --*reads;
        rc = receive(s);
        if (rc != SESSION_OK)
            return rc;
    }
}

static bool message_is(const hs_message *message, const char *word)
{
    const hs_reply *first = &message->parts[0];
    return message->count > 1 && first->kind == HS_REPLY_STRING &&
           strcmp(first->text, word) == 0;
}

/* What is asked for, by the order of the answers. */
static const char *const subscriptions[] = {"SUBSCRIBE to events",
                                            "SUBSCRIBE to expired keys"};

/* One of the subscriptions was answered, or a message of the first came before. */
static int take_answer(hs_subscriber *s)
{
    hs_advice advice;
    const hs_reply *first = &s->message.parts[0];
    if (first->kind == HS_REPLY_ERROR) {
        hs_condition_refused(&s->condition, subscriptions[s->answered], first);
        if (s->answered == 0)
            return hs_outcome_of_error(first, &advice);
    } else if (message_is(&s->message, "message")) {
        return SESSION_OK; /* what comes before the listening begins is a gap */
    } else if (!message_is(&s->message, "subscribe")) {
        return lose_sense(s);
    } else {
        hs_condition_accepted(&s->condition, subscriptions[s->answered]);
    }
    if (++s->answered < 2)
        return SESSION_OK;
    s->state = HS_SUBSCRIBER_LISTENING;
    s->since = s->heard;
    set_due(s, s->heard + s->idle_limit);
    return SESSION_OK;
}

static bool is_well_formed(const hs_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (message->parts[i].kind != HS_REPLY_STRING)
            return false;
    return message->count == HS_MESSAGE_PARTS;
}

/* OK as hs_subscriber_next(), NOT_FOUND, or why the connection is of no more use. */
static int process_input(hs_subscriber *s, int *reads, const hs_message **out)
{
    for (;;) {
        int rc = read_message(s, reads);
        if (rc != SESSION_OK)
            return rc;
        if (s->state == HS_SUBSCRIBER_ASKING) {
            rc = take_answer(s);
            if (rc != SESSION_OK)
                return rc;
            if (s->state == HS_SUBSCRIBER_ASKING)
                continue;
            *out = NULL;
            return SESSION_OK;
        }
        hs_condition_answers(&s->condition);
        if (message_is(&s->message, "message") && is_well_formed(&s->message)) {
            *out = &s->message;
            return SESSION_OK;
        }
        if (!message_is(&s->message, "pong"))
            return lose_sense(s);
    }
}

/* ---- Time ---- */

/* Nothing came in for long. NOT_FOUND, or why the connection is of no more use. */
static int check_alive(hs_subscriber *s)
{
    hs_command command;
    int64_t now = hs_clock_monotonic_ms();
    if (s->asked_alive)
        return lose(s, SESSION_UNAVAILABLE, "no answer in time");
    if (now < s->heard + s->idle_limit) {
        set_due(s, s->heard + s->idle_limit);
        return SESSION_NOT_FOUND;
    }
    s->asked_alive = true;
    set_due(s, now + s->pong_limit);
    hs_command_ping(&command);
    int rc = send_command(s, &command);
    return rc == SESSION_OK ? SESSION_NOT_FOUND : rc;
}

static int on_timer(hs_subscriber *s)
{
    switch (s->state) {
    case HS_SUBSCRIBER_PAUSED:
        return start_dialing(s);
    case HS_SUBSCRIBER_ASKING:
        return lose(s, SESSION_UNAVAILABLE, "no answer in time");
    case HS_SUBSCRIBER_LISTENING:
        return check_alive(s);
    default: /* the dialing keeps a deadline of its own */
        return SESSION_NOT_FOUND;
    }
}

/* What is open is what the state says. */
static bool is_consistent(const hs_subscriber *s)
{
    bool has_socket =
        s->state == HS_SUBSCRIBER_ASKING || s->state == HS_SUBSCRIBER_LISTENING;
    bool is_dialing = s->state == HS_SUBSCRIBER_DIALING;
    return has_socket == (s->socket >= 0) && is_dialing == (s->dialing != NULL) &&
           is_dialing == (s->due == never);
}

int hs_subscriber_next(hs_subscriber *s, int *reads, const hs_message **out)
{
    int rc = SESSION_NOT_FOUND, state = hs_thread_hold_cancel();
    if (s->socket >= 0)
        rc = process_input(s, reads, out);
    else if (s->dialing != NULL)
        rc = take_dialed(s);
    /* The timer comes after the input, because input that waits unread is a sign of life.
     */
    if (rc == SESSION_NOT_FOUND && hs_clock_monotonic_ms() >= s->due)
        rc = on_timer(s);
    if (rc != SESSION_OK && rc != SESSION_NOT_FOUND)
        rc = give_up(s, rc);
    HS_INVARIANT(is_consistent(s));
    hs_thread_restore_cancel(state);
    return rc;
}

/* ---- Life ---- */

int hs_subscriber_init(hs_subscriber *s, const hs_endpoint *endpoint,
                       int64_t connect_timeout, hs_log log)
{
    *s = (hs_subscriber){.endpoint = *endpoint};
    s->connect_timeout = connect_timeout;
    s->idle_limit = IDLE_MS;
    s->pong_limit = PONG_MS;
    s->watch = s->timer = s->socket = -1;
    s->due = never;
    return hs_condition_init(&s->condition, endpoint, "events: ", log);
}

static bool wait_readable(const hs_subscriber *s, hs_deadline deadline)
{
    struct pollfd ready = {s->socket, POLLIN, 0};
    int left = hs_deadline_poll_timeout(deadline);
    return left > 0 && poll(&ready, 1, left) != 0;
}

static int listen_first(hs_subscriber *s, hs_deadline deadline)
{
    int socket = -1;
    const hs_message *none;
    const hs_reason why = {s->why, sizeof s->why};
    int rc = hs_connection_open_socket(&s->endpoint, deadline, &why, &socket);
    if (rc == SESSION_OK)
        rc = adopt(s, socket);
    if (rc != SESSION_OK)
        return rc;
    do {
        int reads = HS_SUBSCRIBER_READS;
        rc = wait_readable(s, deadline)
                 ? process_input(s, &reads, &none)
                 : lose(s, SESSION_UNAVAILABLE, "no answer in time");
    } while (rc == SESSION_NOT_FOUND);
    return hs_outcome_of_handshake(rc);
}

int hs_subscriber_open(hs_subscriber *s, hs_deadline deadline)
{
    int state = hs_thread_hold_cancel();
    int rc = open_watch(s);
    if (rc == SESSION_OK)
        rc = listen_first(s, deadline);
    if (rc != SESSION_OK)
        tell(s, rc);
    hs_thread_restore_cancel(state);
    return rc;
}

void hs_subscriber_close(hs_subscriber *s, bool inherited)
{
    int state = hs_thread_hold_cancel();
    if (inherited) { /* what is watched is the parent's matter, too */
        if (s->dialing != NULL)
            hs_dialing_free_inherited(s->dialing);
        hs_descriptor_close(&s->socket);
        hs_message_free(&s->message);
        hs_reader_free(&s->reader);
    } else {
        drop_dialing(s);
        drop_connection(s);
    }
    hs_descriptor_close(&s->timer);
    hs_descriptor_close(&s->watch);
    hs_condition_destroy(&s->condition);
    hs_memory_wipe(&s->endpoint, sizeof s->endpoint);
    hs_thread_restore_cancel(state);
}
