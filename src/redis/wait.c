#include "redis/wait.h"

#include <time.h>

void hs_wait_init(hs_wait *wait)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&wait->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&wait->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    wait->word = 0;
}

void hs_wait_destroy(hs_wait *wait)
{
    pthread_cond_destroy(&wait->woken);
    pthread_mutex_destroy(&wait->mutex);
}

void hs_wait_finish(hs_wait *wait, int word)
{
    /* Signalled under the mutex: after that the waiter may be gone. */
    pthread_mutex_lock(&wait->mutex);
    wait->word = word;
    pthread_cond_signal(&wait->woken);
    pthread_mutex_unlock(&wait->mutex);
}

static int take_word(hs_wait *wait)
{
    int word = wait->word;
    wait->word = 0;
    return word;
}

int hs_wait_until(hs_wait *wait, int64_t deadline)
{
    struct timespec until = {.tv_sec = (time_t)(deadline / 1000),
                             .tv_nsec = (long)(deadline % 1000) * 1000000};
    int error = 0;
    pthread_mutex_lock(&wait->mutex);
    while (wait->word == 0 && error == 0)
        error = pthread_cond_timedwait(&wait->woken, &wait->mutex, &until);
    int word = take_word(wait);
    pthread_mutex_unlock(&wait->mutex);
    return word;
}

int hs_wait_for(hs_wait *wait)
{
    pthread_mutex_lock(&wait->mutex);
    while (wait->word == 0)
        pthread_cond_wait(&wait->woken, &wait->mutex);
    int word = take_word(wait);
    pthread_mutex_unlock(&wait->mutex);
    return word;
}
