#include "relay.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { READ_SIZE = 64 * 1024 };

typedef struct {
    char *data;
    size_t length, size;
} bytes;

typedef struct {
    relay *owner;
    int fd;       /* of the store */
    int server;   /* its socket */
    int released; /* what the relay had released when the fault came up */
    int held;     /* how much of this one's it holds */
    bytes asked;
    bytes answered;  /* by the server, and not passed on */
    bytes to_store;  /* answers that are complete */
    bytes to_server; /* commands that are passed on next */
    int waiting;     /* how many those are */
} client;

/* ---- Bytes ---- */

static void append(bytes *to, const char *data, size_t length)
{
    if (to->length + length > to->size) {
        to->size = 2 * (to->length + length);
        to->data = realloc(to->data, to->size);
    }
    if (length > 0)
        memcpy(to->data + to->length, data, length);
    to->length += length;
}

static void remove_first(bytes *from, size_t length)
{
    from->length -= length;
    if (from->length > 0)
        memmove(from->data, from->data + length, from->length);
}

static bool send_all(int fd, bytes *from)
{
    size_t sent = 0;
    while (sent < from->length) {
        ssize_t n = send(fd, from->data + sent, from->length - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        sent += n > 0 ? (size_t)n : 0;
    }
    from->length = 0;
    return true;
}

/* More bytes, or as many as are there; false at the end, or if none are there. */
static bool read_some(int fd, bytes *to, int flags)
{
    char data[READ_SIZE];
    ssize_t n;
    do
        n = recv(fd, data, sizeof data, flags);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        append(to, data, (size_t)n);
    return n > 0;
}

/* ---- Where a message ends ---- */

/* The length of a line with its end; 0 if that is not there. */
static size_t line_length(const char *text, size_t length)
{
    const char *end = length > 0 ? memchr(text, '\n', length) : NULL;
    return end != NULL ? (size_t)(end - text) + 1 : 0;
}

/* The length of the first command or reply, with all its parts; 0 if it is not whole. */
static size_t message_length(const char *text, size_t length)
{
    size_t whole = 0;
    for (long parts = 1; parts > 0; parts--) {
        size_t line = line_length(text + whole, length - whole);
        if (line == 0)
            return 0;
        char kind = text[whole];
        long count = kind == '$' || kind == '*' ? strtol(text + whole + 1, NULL, 10) : -1;
        whole += line;
        if (kind == '$' && count >= 0)
            whole += (size_t)count + 2;
        if (kind == '*' && count > 0)
            parts += count;
        if (whole > length)
            return 0;
    }
    return whole;
}

/* ---- One command ---- */

static bool read_answer(client *c)
{
    size_t length;
    while ((length = message_length(c->answered.data, c->answered.length)) == 0)
        if (!read_some(c->server, &c->answered, 0))
            return false;
    append(&c->to_store, c->answered.data, length);
    remove_first(&c->answered, length);
    return true;
}

/* Has the server run what was gathered. */
static bool run_gathered(client *c)
{
    bool goes_on = send_all(c->server, &c->to_server);
    for (; goes_on && c->waiting > 0; c->waiting--)
        goes_on = read_answer(c);
    return goes_on;
}

static void gather(client *c, const char *command, size_t length)
{
    append(&c->to_server, command, length);
    c->waiting++;
}

/* What to do to the next command. */
static relay_fault next_fault(client *c, const char *command, size_t length)
{
    relay *r = c->owner;
    relay_fault fault = {.act = RELAY_NOTHING};
    pthread_mutex_lock(&r->mutex);
    const char *word = r->fault.word;
    r->commands++;
    c->released = r->released;
    if (r->fault.act == RELAY_NOTHING ||
        (word != NULL && memmem(command, length, word, strlen(word)) == NULL)) {
        /* passes */
    } else if (r->fault.skip > 0) {
        r->fault.skip--;
    } else {
        fault = r->fault;
        r->faults++;
        if (--r->fault.times <= 0)
            r->fault.act = RELAY_NOTHING;
    }
    pthread_mutex_unlock(&r->mutex);
    return fault;
}

/* Waits for the release; whether what was held goes on. */
static bool hold(client *c)
{
    relay *r = c->owner;
    pthread_mutex_lock(&r->mutex);
    r->held++;
    c->held++;
    while (r->released == c->released)
        pthread_cond_wait(&r->changed, &r->mutex);
    bool passes = r->passes;
    pthread_mutex_unlock(&r->mutex);
    return passes;
}

/* What was held, and what was written after it, is done. */
static void end_holding(client *c)
{
    pthread_mutex_lock(&c->owner->mutex);
    c->owner->held -= c->held;
    c->held = 0;
    pthread_mutex_unlock(&c->owner->mutex);
}

static bool refuse(client *c, const char *text)
{
    append(&c->to_store, text, strlen(text));
    append(&c->to_store, "\r\n", 2);
    return true;
}

/* Has the server run what was written after the first command, too. */
static void run_rest(client *c, size_t first)
{
    size_t length;
    remove_first(&c->asked, first);
    while ((length = message_length(c->asked.data, c->asked.length)) > 0) {
        gather(c, c->asked.data, length);
        remove_first(&c->asked, length);
    }
    run_gathered(c);
}

/* Does it to the first command; whether the connection goes on. */
static bool inflict(client *c, relay_fault fault, size_t length)
{
    if (!run_gathered(c) || !send_all(c->fd, &c->to_store))
        return false;
    if (fault.act == RELAY_DROP)
        return false;
    if (fault.act == RELAY_REFUSE)
        return refuse(c, fault.text);
    if (fault.act == RELAY_HOLD && !hold(c))
        return false;
    gather(c, c->asked.data, length);
    if (fault.act == RELAY_LOSE_ANSWERS)
        run_rest(c, length);
    if (!run_gathered(c) || fault.act == RELAY_LOSE_ANSWER ||
        fault.act == RELAY_LOSE_ANSWERS)
        return false;
    return fault.act != RELAY_HOLD_ANSWER || hold(c);
}

/* Passes on all commands that came in; false if the connection is over. */
static bool pass_commands(client *c)
{
    size_t length;
    while ((length = message_length(c->asked.data, c->asked.length)) > 0) {
        relay_fault fault = next_fault(c, c->asked.data, length);
        if (fault.act == RELAY_NOTHING)
            gather(c, c->asked.data, length);
        else if (!inflict(c, fault, length))
            return false;
        remove_first(&c->asked, length);
    }
    return run_gathered(c);
}

/* ---- One connection ---- */

static void delay(relay *r)
{
    pthread_mutex_lock(&r->mutex);
    struct timespec pause = {.tv_nsec = r->delay_ms * 1000000L};
    pthread_mutex_unlock(&r->mutex);
    if (pause.tv_nsec > 0)
        nanosleep(&pause, NULL);
}

/*
 * One round trip: what the store writes while it has no answer belongs to it. False if
 * the connection is over.
 */
static bool make_trip(client *c)
{
    if (!read_some(c->fd, &c->asked, 0))
        return false;
    pthread_mutex_lock(&c->owner->mutex);
    c->owner->trips++;
    pthread_mutex_unlock(&c->owner->mutex);
    delay(c->owner);
    do {
        while (read_some(c->fd, &c->asked, MSG_DONTWAIT))
            ;
        if (!pass_commands(c))
            return false;
    } while (c->asked.length > 0 ? read_some(c->fd, &c->asked, 0)
                                 : read_some(c->fd, &c->asked, MSG_DONTWAIT));
    end_holding(c);
    delay(c->owner);
    return c->asked.length == 0 && send_all(c->fd, &c->to_store);
}

static int connect_server(const server *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", s->socket);
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0)
        shutdown(fd, SHUT_RDWR);
    return fd;
}

/* Where a socket is, or 0: a free place. */
static int *place_of(relay *r, int fd)
{
    for (int i = 0; i < RELAY_CLIENTS; i++)
        if (r->sockets[i] == fd)
            return &r->sockets[i];
    fprintf(stderr, "the relay has too many clients\n");
    abort();
}

static void end(client *c)
{
    relay *r = c->owner;
    end_holding(c);
    pthread_mutex_lock(&r->mutex);
    *place_of(r, c->fd) = 0;
    pthread_mutex_unlock(&r->mutex);
    close(c->fd);
    close(c->server);
    free(c->asked.data);
    free(c->answered.data);
    free(c->to_store.data);
    free(c->to_server.data);
    free(c);
    atomic_fetch_sub(&r->clients, 1);
}

static void *serve(void *argument)
{
    client *c = argument;
    c->server = connect_server(c->owner->behind);
    while (make_trip(c))
        ;
    end(c);
    return NULL;
}

/* ---- Life ---- */

static void *listen_on(void *argument)
{
    relay *r = argument;
    for (;;) {
        pthread_t thread;
        int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL;
        client *c = calloc(1, sizeof *c);
        c->owner = r;
        c->fd = fd;
        atomic_fetch_add(&r->clients, 1);
        pthread_mutex_lock(&r->mutex);
        *place_of(r, 0) = fd;
        pthread_mutex_unlock(&r->mutex);
        pthread_create(&thread, NULL, serve, c);
        pthread_detach(thread);
    }
}

void relay_start(relay *r, const server *behind)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *temporary = getenv("TMPDIR");
    *r = (relay){.behind = behind};
    r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(r->folder, sizeof r->folder, "%s/hs-relay.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(r->folder));
    snprintf(r->path, sizeof r->path, "%s/s", r->folder);
    snprintf(r->url, sizeof r->url, "unix://%s", r->path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", r->path);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->changed, NULL);
    assert_int_equal(bind(r->listener, (const struct sockaddr *)(const void *)&address,
                          sizeof address),
                     0);
    assert_int_equal(listen(r->listener, 64), 0);
    assert_int_equal(pthread_create(&r->thread, NULL, listen_on, r), 0);
}

void relay_wait_until_left(relay *r)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    while (atomic_load(&r->clients) > 0)
        nanosleep(&pause, NULL);
}

void relay_stop(relay *r)
{
    shutdown(r->listener, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->listener);
    relay_release(r, false);
    pthread_mutex_lock(&r->mutex);
    for (int i = 0; i < RELAY_CLIENTS; i++)
        if (r->sockets[i] != 0)
            shutdown(r->sockets[i], SHUT_RDWR);
    pthread_mutex_unlock(&r->mutex);
    relay_wait_until_left(r);
    unlink(r->path);
    rmdir(r->folder);
}

void relay_set_fault(relay *r, relay_fault fault)
{
    pthread_mutex_lock(&r->mutex);
    r->fault = fault;
    r->faults = 0;
    pthread_mutex_unlock(&r->mutex);
}

void relay_release(relay *r, bool passes)
{
    pthread_mutex_lock(&r->mutex);
    r->fault.act = RELAY_NOTHING;
    r->passes = passes;
    r->released++;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
}

static long read_count(relay *r, const long *count)
{
    pthread_mutex_lock(&r->mutex);
    long value = *count;
    pthread_mutex_unlock(&r->mutex);
    return value;
}

int relay_faults(relay *r)
{
    pthread_mutex_lock(&r->mutex);
    int faults = r->faults;
    pthread_mutex_unlock(&r->mutex);
    return faults;
}

int relay_held(relay *r)
{
    pthread_mutex_lock(&r->mutex);
    int held = r->held;
    pthread_mutex_unlock(&r->mutex);
    return held;
}

void relay_set_delay(relay *r, int each_way_ms)
{
    pthread_mutex_lock(&r->mutex);
    r->delay_ms = each_way_ms;
    pthread_mutex_unlock(&r->mutex);
}

void relay_reset_counts(relay *r)
{
    pthread_mutex_lock(&r->mutex);
    r->commands = 0;
    r->trips = 0;
    pthread_mutex_unlock(&r->mutex);
}

long relay_commands(relay *r)
{
    return read_count(r, &r->commands);
}

long relay_trips(relay *r)
{
    return read_count(r, &r->trips);
}
