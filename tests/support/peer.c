#include "peer.h"

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

enum { MOST_WORDS = 16 };

typedef struct {
    peer *owner;
    int fd;
    int number; /* of the connection, from 1 */
} client;

/* ---- One command ---- */

static int read_words(FILE *in, char **words)
{
    char line[64];
    if (fgets(line, sizeof line, in) == NULL || line[0] != '*')
        return 0;
    int count = (int)strtol(line + 1, NULL, 10);
    for (int i = 0; i < count; i++) {
        if (i == MOST_WORDS || fgets(line, sizeof line, in) == NULL)
            return 0;
        size_t length = strtoul(line + 1, NULL, 10);
        words[i] = calloc(1, length + 3);
        if (fread(words[i], 1, length + 2, in) != length + 2)
            return 0;
        words[i][length] = '\0';
    }
    return count;
}

/* The value of a key, NULL if there is none. */
static const char *find(const peer *p, const char *key)
{
    for (int i = 0; key != NULL && i < PEER_KEYS; i++)
        if (p->keys[i].value != NULL && strcmp(p->keys[i].name, key) == 0)
            return p->keys[i].value;
    return NULL;
}

/* Sets a key, in the place of the oldest one; no value removes it. */
static void keep(peer *p, const char *key, const char *value)
{
    int place = (p->last + 1) % PEER_KEYS;
    for (int i = 0; i < PEER_KEYS; i++)
        if (strcmp(p->keys[i].name, key) == 0)
            place = i;
    free(p->keys[place].value);
    p->keys[place].value = value != NULL ? strdup(value) : NULL;
    snprintf(p->keys[place].name, sizeof p->keys[place].name, "%s", key);
    p->last = place;
}

static char *as_bulk(const char *value)
{
    char *reply = NULL;
    if (value == NULL)
        return strdup("$-1\r\n");
    if (asprintf(&reply, "$%zu\r\n%s\r\n", strlen(value), value) < 0)
        abort();
    return reply;
}

/* A record, so that it is told from a mark. */
static char *as_record(const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "r%s", value) < 0)
        abort();
    char *reply = as_bulk(text);
    free(text);
    return reply;
}

/* The words of the script replace: EVALSHA hash 2 key mark expected value ttl ... */
static char *replace_value(peer *p, char **words)
{
    const char *held = find(p, words[3]), *mark = find(p, words[4]);
    if (held == NULL)
        return as_bulk(mark);
    if (strcmp(held, words[5]) != 0)
        return as_record(held);
    keep(p, words[3], words[6][0] != '\0' ? words[6] : NULL);
    if (words[8][0] != '\0')
        keep(p, words[4], words[8]);
    return strdup(":1\r\n");
}

/* Those of the script end: EVALSHA hash 2 key mark nonce numbers ... */
static char *end_value(peer *p, char **words)
{
    char mark[64];
    const char *held = find(p, words[3]);
    if (held == NULL)
        return as_bulk(find(p, words[4]));
    char *reply = as_record(held);
    snprintf(mark, sizeof mark, "e %s", words[5]);
    keep(p, words[3], NULL);
    keep(p, words[4], mark);
    return reply;
}

/* The scripts are told apart by the second argument, which is one number or several. */
static char *run_script(peer *p, char **words)
{
    size_t digits = strspn(words[6], "0123456789");
    bool are_numbers = digits > 0 && words[6][digits] == ' ';
    return are_numbers ? end_value(p, words) : replace_value(p, words);
}

/* The right reply, for free(). */
static char *reply_to(peer *p, char **words)
{
    const char *held = find(p, words[1]);
    if (strcmp(words[0], "AUTH") == 0)
        return strdup("+OK\r\n");
    if (strcmp(words[0], "PING") == 0) {
        p->pings++;
        return as_bulk(words[1]);
    }
    p->commands++;
    if (strcmp(words[0], "GET") == 0)
        return as_bulk(held);
    if (strcmp(words[0], "EVALSHA") == 0)
        return run_script(p, words);
    if (strcmp(words[0], "PTTL") == 0)
        return strdup(held != NULL ? ":86000000\r\n" : ":-2\r\n");
    if (strcmp(words[0], "SET") == 0)
        keep(p, words[1], words[2]);
    if (strcmp(words[0], "SET") == 0)
        return strdup("+OK\r\n");
    if (strcmp(words[0], "UNLINK") == 0 && held != NULL)
        keep(p, words[1], NULL);
    return strdup(held != NULL ? ":1\r\n" : ":0\r\n"); /* PEXPIRE too */
}

static int send_all(int fd, const char *bytes, size_t length)
{
    return send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static int drip(int fd, const char *bytes, size_t length)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    for (size_t i = 0; i < length; i++) {
        if (!send_all(fd, bytes + i, 1))
            return 0;
        nanosleep(&pause, NULL);
    }
    return 1;
}

static int hold(peer *p, int fd, const char *reply, size_t length)
{
    pthread_mutex_lock(&p->mutex);
    int releases = p->releases;
    p->held++;
    pthread_cond_broadcast(&p->changed);
    while (p->releases == releases)
        pthread_cond_wait(&p->changed, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
    return send_all(fd, reply, length);
}

static int misbehave(peer *p, int fd, const peer_fault *fault, const char *reply)
{
    const struct linger reset = {1, 0};
    size_t length = strlen(reply);
    switch (fault->mode) {
    case PEER_REPLACE:
        return send_all(fd, fault->bytes, fault->length);
    case PEER_DOUBLE:
        return send_all(fd, reply, length) && send_all(fd, reply, length);
    case PEER_DRIP:
        return drip(fd, reply, length);
    case PEER_HOLD:
        return hold(p, fd, reply, length);
    case PEER_RESET:
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        break;
    case PEER_CUT:
        break;
    }
    send_all(fd, reply, fault->cut < length ? fault->cut : length);
    return 0;
}

static int answer(client *c, char **words)
{
    peer *p = c->owner;
    peer_fault fault = {.command = NULL};
    pthread_mutex_lock(&p->mutex);
    char *reply = reply_to(p, words);
    if (p->fault.command != NULL && p->fault.times > 0 &&
        strcmp(p->fault.command, words[0]) == 0) {
        p->fault.times--;
        fault = p->fault;
        if (fault.ends_key)
            keep(p, words[1], NULL);
    }
    bool is_silent = c->number <= p->silent;
    pthread_mutex_unlock(&p->mutex);
    int goes_on = 1;
    if (fault.command != NULL)
        goes_on = misbehave(p, c->fd, &fault, reply);
    else if (!is_silent)
        goes_on = send_all(c->fd, reply, strlen(reply));
    free(reply);
    return goes_on;
}

/* Where a socket is, or 0: a free place. */
static int *place_of(peer *p, int fd)
{
    for (int i = 0; i < PEER_CLIENTS; i++)
        if (p->sockets[i] == fd)
            return &p->sockets[i];
    fprintf(stderr, "the peer has too many clients\n");
    abort();
}

static void *serve(void *argument)
{
    client *c = argument;
    FILE *in = fdopen(c->fd, "r");
    for (int goes_on = 1; goes_on;) {
        char *words[MOST_WORDS] = {NULL};
        goes_on = read_words(in, words) > 0 && answer(c, words);
        for (int i = 0; i < MOST_WORDS; i++)
            free(words[i]);
    }
    peer *p = c->owner;
    pthread_mutex_lock(&p->mutex);
    *place_of(p, c->fd) = 0;
    pthread_mutex_unlock(&p->mutex);
    fclose(in);
    free(c);
    atomic_fetch_sub(&p->clients, 1);
    return NULL;
}

/* ---- Life ---- */

static void *listen_on(void *argument)
{
    peer *p = argument;
    for (;;) {
        pthread_t thread;
        int fd = accept(p->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        client *c = malloc(sizeof *c);
        atomic_fetch_add(&p->clients, 1);
        pthread_mutex_lock(&p->mutex);
        *place_of(p, 0) = fd;
        *c = (client){p, fd, ++p->connections};
        const char *greeting = p->greeting != NULL ? p->greeting : "";
        pthread_mutex_unlock(&p->mutex);
        send_all(fd, greeting, strlen(greeting));
        pthread_create(&thread, NULL, serve, c);
        pthread_detach(thread);
    }
}

void peer_start(peer *p)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *temporary = getenv("TMPDIR");
    *p = (peer){.listener = socket(AF_UNIX, SOCK_STREAM, 0)};
    snprintf(p->folder, sizeof p->folder, "%s/hs-peer.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof p->path, "%s/s", p->folder);
    snprintf(p->url, sizeof p->url, "unix://%s", p->path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", p->path);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->changed, NULL);
    assert_int_equal(bind(p->listener, (const struct sockaddr *)(const void *)&address,
                          sizeof address),
                     0);
    assert_int_equal(listen(p->listener, 64), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, listen_on, p), 0);
}

void peer_stop(peer *p)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    shutdown(p->listener, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->listener);
    peer_release(p);
    pthread_mutex_lock(&p->mutex);
    for (int i = 0; i < PEER_CLIENTS; i++)
        if (p->sockets[i] != 0)
            shutdown(p->sockets[i], SHUT_RDWR);
    pthread_mutex_unlock(&p->mutex);
    while (atomic_load(&p->clients) > 0)
        nanosleep(&pause, NULL);
    unlink(p->path);
    rmdir(p->folder);
    for (int i = 0; i < PEER_KEYS; i++)
        free(p->keys[i].value);
}

void peer_set_fault(peer *p, peer_fault fault)
{
    pthread_mutex_lock(&p->mutex);
    p->fault = fault;
    pthread_mutex_unlock(&p->mutex);
}

void peer_set_greeting(peer *p, const char *greeting)
{
    pthread_mutex_lock(&p->mutex);
    p->greeting = greeting;
    pthread_mutex_unlock(&p->mutex);
}

void peer_wait_held(peer *p, int count)
{
    pthread_mutex_lock(&p->mutex);
    while (p->held < count)
        pthread_cond_wait(&p->changed, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

void peer_release(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    p->releases++;
    p->held = 0;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->mutex);
}

void peer_silence(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    p->silent = p->connections;
    pthread_mutex_unlock(&p->mutex);
}

int peer_pings(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    int pings = p->pings;
    pthread_mutex_unlock(&p->mutex);
    return pings;
}

int peer_commands(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    int commands = p->commands;
    pthread_mutex_unlock(&p->mutex);
    return commands;
}

int peer_connections(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    int connections = p->connections;
    pthread_mutex_unlock(&p->mutex);
    return connections;
}
