/*
 * A peer that speaks Redis for a few keys, until it is told to misbehave: it
 * answers AUTH, PING, GET, PTTL, SET, PEXPIRE, UNLINK, EVALSHA, and one of them wrongly.
 */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { PEER_KEYS = 16, PEER_CLIENTS = 256 };

typedef enum {
    PEER_REPLACE, /* sends `bytes` in place of the reply */
    PEER_CUT,     /* sends the first `cut` bytes of the reply, then closes */
    PEER_RESET,   /* the same, but resets the connection */
    PEER_DOUBLE,  /* sends the reply twice */
    PEER_DRIP,    /* sends the reply, one byte in 20 ms */
    PEER_HOLD     /* sends the reply once peer_release() says so */
} peer_mode;

typedef struct {
    const char *command; /* NULL for no fault */
    peer_mode mode;
    const char *bytes;
    size_t length;
    size_t cut;
    bool ends_key; /* the key that the command is about is gone then */
    int times;     /* how often; then all is well again */
} peer_fault;

typedef struct {
    char folder[64];
    char path[96];
    char url[128];
    int listener;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    int releases;
    int held;
    peer_fault fault;
    struct {
        char name[160];
        char *value; /* NULL for no key */
    } keys[PEER_KEYS];
    int last;                  /* the key that was written last */
    int sockets[PEER_CLIENTS]; /* 0 for none */
    int connections;
    int silent;   /* so many of the connections, the first ones, say no more */
    int commands; /* answered, AUTH and PING excepted */
    int pings;
    const char *greeting; /* sent before anything was asked; NULL for none */
    atomic_int clients;   /* the last that a client's thread touches */
} peer;

void peer_start(peer *p);
void peer_stop(peer *p);
void peer_set_fault(peer *p, peer_fault fault);
void peer_set_greeting(peer *p, const char *greeting);
int peer_commands(peer *p);
int peer_connections(peer *p);
int peer_pings(peer *p);

/* Waits until so many replies are held, and sends all that are. */
void peer_wait_held(peer *p, int count);
void peer_release(peer *p);

/* The connections that are open say no more; later ones do. */
void peer_silence(peer *p);

#endif
