#include "base/wait.h"

#include <stddef.h>
#include <time.h>

#include "base/invariant.h"
#include "base/yield.h"

enum { SILENCE = 0, ASLEEP = -1 };

/* How often a waiter steps aside before it sleeps. */
enum { PATIENCE = 20 };

void hs_wait_init(hs_wait *wait)
{
    pthread_condattr_t monotonic;
    atomic_init(&wait->word, SILENCE);
    pthread_mutex_init(&wait->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&wait->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void hs_wait_destroy(hs_wait *wait)
{
    pthread_cond_destroy(&wait->woken);
    pthread_mutex_destroy(&wait->mutex);
}

void hs_wait_finish(hs_wait *wait, int word)
{
    /*
     * A waiter that is awake may be gone as soon as it sees the word. One that
     * sleeps sees it under the mutex, and so not before this is done with it.
     */
    int silence = SILENCE;
    if (atomic_compare_exchange_strong(&wait->word, &silence, word))
        return;
    HS_INVARIANT(silence == ASLEEP); /* the word before was taken */
    pthread_mutex_lock(&wait->mutex);
    atomic_store(&wait->word, word);
    pthread_cond_signal(&wait->woken);
    pthread_mutex_unlock(&wait->mutex);
}

/* Takes the word if there is one. */
static int take(hs_wait *wait)
{
    int word = atomic_load(&wait->word);
    if (word > SILENCE)
        atomic_store(&wait->word, SILENCE);
    return word > SILENCE ? word : 0;
}

int hs_wait_briefly(hs_wait *wait)
{
    int word = take(wait);
    for (int i = 0; word == 0 && i < PATIENCE && hs_yield(); i++)
        word = take(wait);
    return word;
}

/* Sleeps until there is a word or, unless NULL, `until`. */
static int sleep_until(hs_wait *wait, const struct timespec *until)
{
    int silence = SILENCE, error = 0;
    pthread_mutex_lock(&wait->mutex);
    atomic_compare_exchange_strong(&wait->word, &silence, ASLEEP);
    while (atomic_load(&wait->word) == ASLEEP && error == 0)
        error = until != NULL ? pthread_cond_timedwait(&wait->woken, &wait->mutex, until)
                              : pthread_cond_wait(&wait->woken, &wait->mutex);
    int word = atomic_exchange(&wait->word, SILENCE);
    pthread_mutex_unlock(&wait->mutex);
    return word != ASLEEP ? word : 0;
}

int hs_wait_until(hs_wait *wait, hs_deadline deadline)
{
    const struct timespec until = hs_deadline_timespec(deadline);
    return sleep_until(wait, &until);
}

int hs_wait_for(hs_wait *wait)
{
    return sleep_until(wait, NULL);
}
