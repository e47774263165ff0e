#include "redis/resolve.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/wait.h"
#include "hisession/session.h"

/* Shared by the caller and the thread; the last one frees it. */
typedef struct {
    char host[256];
    char port[8];
    hs_wait wait;
    atomic_int owners;
    int error; /* of getaddrinfo(), and errno */
    int system_error;
    struct addrinfo *found;
} lookup;

/* The code for an error of getaddrinfo(), where errno is `system_error`. */
static int judge(const char *host, int error, int system_error, const hs_reason *why)
{
    int code = SESSION_UNAVAILABLE;
    if (error == 0)
        return SESSION_OK;
    if (error == EAI_MEMORY)
        code = SESSION_NO_MEMORY;
    if (error == EAI_SYSTEM)
        code = SESSION_SYSTEM;
    return hs_refuse(why, code, "look up %s: %s", host,
                     error == EAI_SYSTEM ? hs_text_of_errno(system_error)
                                         : gai_strerror(error));
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
    job->system_error = errno;
    hs_wait_finish(&job->wait, 1);
    release(job);
    return NULL;
}

static int look_up_name(const char *host, const char *port, hs_deadline deadline,
                        const hs_reason *why, struct addrinfo **out)
{
    lookup *job = hs_memory_new(sizeof *job);
    if (job == NULL)
        return hs_refuse(why, SESSION_NO_MEMORY, "look up %s: out of memory", host);
    snprintf(job->host, sizeof job->host, "%s", host);
    snprintf(job->port, sizeof job->port, "%s", port);
    hs_wait_init(&job->wait);
    atomic_init(&job->owners, 2);
    int rc = hs_thread_start(look_up, job);
    if (rc != SESSION_OK) {
        release(job);
        hs_refuse(why, rc, "look up %s: no thread could be started", host);
    } else if (hs_wait_until(&job->wait, deadline) == 0) {
        rc = hs_refuse(why, SESSION_UNAVAILABLE, "look up %s: no answer in time", host);
    } else {
        rc = judge(host, job->error, job->system_error, why);
    }
    if (rc == SESSION_OK) {
        *out = job->found;
        job->found = NULL;
    }
    release(job);
    return rc;
}

int hs_resolve(const char *host, int port, hs_deadline deadline, const hs_reason *why,
               struct addrinfo **out)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%d", port);
    int error = ask(host, digits, AI_NUMERICHOST, out);
    return error == EAI_NONAME ? look_up_name(host, digits, deadline, why, out)
                               : judge(host, error, errno, why);
}
