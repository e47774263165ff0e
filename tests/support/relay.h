/*
 * Stands between stores and a server, and passes on what they say, until a test tells
 * it what to do to a command:
 *
 *   relay line;
 *   relay_start(&line, &redis);
 *   session_store *far = open_store(line.url, "");
 *   relay_set_fault(&line, (relay_fault){.act = RELAY_LOSE_ANSWER, .skip = 1});
 *
 * Commands are counted in the order in which they come in; of one write by a store, a
 * fault hits one command, and RELAY_LOSE_ANSWER, RELAY_DROP and a held one that is not
 * passed on also keep from the server what was written after it.
 */
#ifndef TEST_RELAY_H
#define TEST_RELAY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "server.h"

enum { RELAY_CLIENTS = 256, RELAY_ALWAYS = 1 << 30 };

typedef enum {
    RELAY_NOTHING,
    RELAY_LOSE_ANSWER,  /* the server runs it; then the connection ends */
    RELAY_LOSE_ANSWERS, /* the same, once it ran what was written after it, too */
    RELAY_DROP,         /* the connection ends, and the server never sees it */
    RELAY_REFUSE,       /* the server never sees it; the answer is `text` */
    RELAY_HOLD,         /* it waits for relay_release() */
    RELAY_HOLD_ANSWER   /* the server runs it; its answer waits for relay_release() */
} relay_act;

typedef struct {
    relay_act act;
    int skip;         /* how many commands pass before */
    int times;        /* how many it happens to, one after another; 0 is 1 */
    const char *text; /* for RELAY_REFUSE, such as "-LOADING" */
    const char *word; /* only commands that hold this count; NULL for all */
} relay_fault;

typedef struct {
    char folder[64];
    char path[96];
    char url[128]; /* unix://... */
    const server *behind;
    int listener;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    relay_fault fault;
    int faults;   /* since the fault was set */
    int held;     /* now, or not yet done since the release */
    int released; /* grows with each release */
    bool passes;  /* what was released goes on to the server, and its answer back */
    int delay_ms;
    long commands;
    long trips;
    int sockets[RELAY_CLIENTS]; /* 0 for none */
    atomic_int clients;         /* the last that a client's thread touches */
} relay;

void relay_start(relay *r, const server *behind);
void relay_stop(relay *r);

/* Takes the place of the fault before; what that one held stays held. */
void relay_set_fault(relay *r, relay_fault fault);

/* Ends the fault. What it held goes on, or its connection ends. */
void relay_release(relay *r, bool passes);

/* How many commands the fault has hit; how many it holds, or has not passed on yet. */
int relay_faults(relay *r);
int relay_held(relay *r);

/* Waits until no store is connected, so that nothing that they sent is under way. */
void relay_wait_until_left(relay *r);

/* How long each write, and each answer to it, is on its way from now on. */
void relay_set_delay(relay *r, int each_way_ms);

/*
 * What stores did since the last reset: the commands that they sent, and how often they
 * waited for answers before they sent more.
 */
void relay_reset_counts(relay *r);
long relay_commands(relay *r);
long relay_trips(relay *r);

#endif
