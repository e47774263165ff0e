#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include "hisession/session.h"

int hs_thread_start(void *(*run)(void *argument), void *argument)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_detach(thread);
    return error == 0 ? SESSION_OK : SESSION_SYSTEM;
}

int hs_thread_hold_cancel(void)
{
    int state = PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

void hs_thread_restore_cancel(int state)
{
    int ignored;
    pthread_setcancelstate(state, &ignored);
}
