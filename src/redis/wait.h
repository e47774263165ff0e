/* One thread waits until another says a word to it. */
#ifndef HISESSION_REDIS_WAIT_H
#define HISESSION_REDIS_WAIT_H

#include <pthread.h>
#include <stdint.h>

typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    int word; /* 0 until something was said */
} hs_wait;

void hs_wait_init(hs_wait *wait);
void hs_wait_destroy(hs_wait *wait);

/* Says a word, which is not 0. The waiter may destroy the wait at once. */
void hs_wait_finish(hs_wait *wait, int word);

/* Waits for a word and takes it; 0 if none came until `deadline`. */
int hs_wait_until(hs_wait *wait, int64_t deadline);

/* Waits for a word, however long, and takes it. */
int hs_wait_for(hs_wait *wait);

#endif
