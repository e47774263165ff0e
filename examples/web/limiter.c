#include "limiter.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * A fixed table: an attacker can make it forget the oldest counts, but cannot
 * make it grow. A key may stand in any of the slots of its row.
 */
enum { ROWS = 1024, ROW = 8, WINDOW_S = 60 };

struct slot {
    uint64_t key;
    time_t began; /* 0 in a slot that was never used */
    int count;
};

struct limiter {
    pthread_mutex_t lock;
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* nobody can aim at a row */
    struct slot slots[ROWS][ROW];
};

struct limiter *limiter_new(void)
{
    struct limiter *limiter = calloc(1, sizeof *limiter);
    if (limiter == NULL)
        return NULL;
    pthread_mutex_init(&limiter->lock, NULL);
    crypto_shorthash_keygen(limiter->secret);
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter == NULL)
        return;
    pthread_mutex_destroy(&limiter->lock);
    free(limiter);
}

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1;
}

/* The slot of `what`: its own, or else the one that began first, emptied. */
static struct slot *find(struct limiter *limiter, const char *what, time_t now)
{
    uint64_t key;
    crypto_shorthash((unsigned char *)&key, (const unsigned char *)what, strlen(what),
                     limiter->secret);
    struct slot *row = limiter->slots[key % ROWS], *slot = row;
    for (int i = 0; i < ROW; i++) {
        if (row[i].key == key && now - row[i].began < WINDOW_S)
            return &row[i];
        if (row[i].began < slot->began)
            slot = &row[i];
    }
    *slot = (struct slot){.key = key, .began = now};
    return slot;
}

int limiter_take(struct limiter *limiter, const char *what, int allowed)
{
    pthread_mutex_lock(&limiter->lock);
    time_t now = seconds();
    struct slot *slot = find(limiter, what, now);
    int wait = slot->count < allowed ? 0 : (int)(slot->began + WINDOW_S - now);
    if (wait == 0)
        slot->count++;
    pthread_mutex_unlock(&limiter->lock);
    return wait;
}

void limiter_give_back(struct limiter *limiter, const char *what)
{
    pthread_mutex_lock(&limiter->lock);
    struct slot *slot = find(limiter, what, seconds());
    if (slot->count > 0)
        slot->count--;
    pthread_mutex_unlock(&limiter->lock);
}
