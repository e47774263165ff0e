/* One thread waits until another says a word to it. */
#ifndef HISESSION_BASE_WAIT_H
#define HISESSION_BASE_WAIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"

typedef struct {
    atomic_int word;       /* 0 until something was said */
    pthread_mutex_t mutex; /* these two only once the waiter sleeps */
    pthread_cond_t woken;
} hs_wait;

void hs_wait_init(hs_wait *wait);
void hs_wait_destroy(hs_wait *wait);

/* Says a word, which is above 0. The waiter may destroy the wait at once. */
void hs_wait_finish(hs_wait *wait, int word);

/*
 * Steps aside for other threads a few times, as long as that is cheap, and takes
 * the word if one came, else 0. Being put to sleep and woken costs more than a
 * whole call, and what is waited for is mostly near.
 */
HS_MUST_USE int hs_wait_briefly(hs_wait *wait);

/* Sleeps until there is a word and takes it; 0 if none came until `deadline`. */
HS_MUST_USE int hs_wait_until(hs_wait *wait, hs_deadline deadline);

/* Sleeps until there is a word, however long, and takes it. */
int hs_wait_for(hs_wait *wait);

#endif
