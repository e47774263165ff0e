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
enum { ROWS = 1024, ROW = 8 };
enum { FIRST_WAIT_S = 10, LONGEST_WAIT_S = 60, FORGOTTEN_AFTER_S = 5 * 60 };

struct slot {
    uint64_t key;
    time_t last;    /* attempt; 0 in a slot that was never used */
    time_t free_at; /* when the next attempt may come */
    int count;
};

struct limiter {
    pthread_mutex_t lock;
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* so that nobody can pick a row */
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

/* The slot of `what`: its own, or else the one that was idle longest, emptied. */
static struct slot *find(struct limiter *limiter, const char *what, time_t now)
{
    uint64_t key;
    crypto_shorthash((unsigned char *)&key, (const unsigned char *)what, strlen(what),
                     limiter->secret);
    struct slot *row = limiter->slots[key % ROWS], *slot = row;
    for (int i = 0; i < ROW; i++) {
        if (row[i].key == key && now - row[i].last < FORGOTTEN_AFTER_S)
            return &row[i];
        if (row[i].last < slot->last)
            slot = &row[i];
    }
    *slot = (struct slot){.key = key};
    return slot;
}

/* The wait after an attempt that was `extra` more than allowed. */
static int wait_after(int extra)
{
    int seconds = FIRST_WAIT_S;
    while (extra-- > 0 && seconds < LONGEST_WAIT_S)
        seconds *= 2;
    return seconds < LONGEST_WAIT_S ? seconds : LONGEST_WAIT_S;
}

int limiter_take(struct limiter *limiter, const char *what, int allowed)
{
    pthread_mutex_lock(&limiter->lock);
    time_t now = seconds();
    struct slot *slot = find(limiter, what, now);
    int wait = slot->free_at > now ? (int)(slot->free_at - now) : 0;
    slot->last = now;
    if (wait == 0 && ++slot->count >= allowed)
        slot->free_at = now + wait_after(slot->count - allowed);
    pthread_mutex_unlock(&limiter->lock);
    return wait;
}

void limiter_give_back(struct limiter *limiter, const char *what)
{
    pthread_mutex_lock(&limiter->lock);
    struct slot *slot = find(limiter, what, seconds());
    if (slot->count > 0)
        slot->count--;
    slot->free_at = 0;
    pthread_mutex_unlock(&limiter->lock);
}

void limiter_forget(struct limiter *limiter, const char *what)
{
    pthread_mutex_lock(&limiter->lock);
    *find(limiter, what, seconds()) = (struct slot){0};
    pthread_mutex_unlock(&limiter->lock);
}
