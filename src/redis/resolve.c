#include "redis/resolve.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "base/wait.h"
#include "hisession/session.h"

/* Shared by the caller and the thread; the last one frees it. */
typedef struct {
    char host[256];
    char port[8];
    hs_wait wait;
    atomic_int owners;
    int error; /* of getaddrinfo() */
    struct addrinfo *found;
} lookup;

static int to_code(int error)
{
    switch (error) {
    case 0:
        return SESSION_OK;
    case EAI_MEMORY:
        return SESSION_NO_MEMORY;
    case EAI_SYSTEM:
        return SESSION_SYSTEM;
    default:
        return SESSION_UNAVAILABLE;
    }
}

static int ask(const char *host, const char *port, int flags, struct addrinfo **out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    *out = NULL;
    return getaddrinfo(host, port, &hints, out);
}

static void release(lookup *job)
{
    if (atomic_fetch_sub(&job->owners, 1) > 1)
        return;
    if (job->found != NULL)
        freeaddrinfo(job->found);
    hs_wait_destroy(&job->wait);
    hs_memory_free(job, sizeof *job);
}

static void *look_up(void *argument)
{
    lookup *job = argument;
    job->error = ask(job->host, job->port, 0, &job->found);
    hs_wait_finish(&job->wait, 1);
    release(job);
    return NULL;
}

static int look_up_name(const char *host, const char *port, hs_deadline deadline,
                        struct addrinfo **out)
{
    lookup *job = hs_memory_new(sizeof *job);
    if (job == NULL)
        return SESSION_NO_MEMORY;
    snprintf(job->host, sizeof job->host, "%s", host);
    snprintf(job->port, sizeof job->port, "%s", port);
    hs_wait_init(&job->wait);
    atomic_init(&job->owners, 2);
    int rc = hs_thread_start(look_up, job);
    if (rc != SESSION_OK)
        release(job);
    else if (hs_wait_until(&job->wait, deadline) == 0)
        rc = SESSION_UNAVAILABLE;
    else
        rc = to_code(job->error);
    if (rc == SESSION_OK) {
        *out = job->found;
        job->found = NULL;
    }
    release(job);
    return rc;
}

int hs_resolve(const char *host, int port, hs_deadline deadline, struct addrinfo **out)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%d", port);
    int error = ask(host, digits, AI_NUMERICHOST, out);
    return error == EAI_NONAME ? look_up_name(host, digits, deadline, out)
                               : to_code(error);
}
