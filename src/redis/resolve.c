#include "redis/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "base/thread.h"
#include "hisession/session.h"

/* ---- Asking the resolver ---- */

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

/* This address or the next one of its family, or of all others; NULL for none. */
static const struct addrinfo *find_family(const struct addrinfo *at, int family,
                                          bool others)
{
    while (at != NULL && (at->ai_family == family) == others)
        at = at->ai_next;
    return at;
}

static void add_address(hs_addresses *all, const struct addrinfo *found)
{
    if (found == NULL || all->count == HS_ADDRESSES)
        return;
    hs_address_of_host *added = &all->list[all->count++];
    memcpy(&added->address, found->ai_addr, found->ai_addrlen);
    added->length = found->ai_addrlen;
}

/* RFC 8305: a family that leads nowhere must not hold up the other one. */
static void take_turns(const struct addrinfo *found, hs_addresses *out)
{
    int family = found != NULL ? found->ai_family : 0;
    const struct addrinfo *same = found, *other = find_family(found, family, true);
    out->count = 0;
    while (same != NULL || other != NULL) {
        add_address(out, same);
        add_address(out, other);
        same = same != NULL ? find_family(same->ai_next, family, false) : NULL;
        other = other != NULL ? find_family(other->ai_next, family, true) : NULL;
    }
}

static int ask(const char *host, const char *port, int flags, hs_addresses *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0)
        return error;
    take_turns(found, out);
    freeaddrinfo(found);
    return 0;
}

/* ---- Lookups that are under way ---- */

/* Shared by the thread that asks and by all who wait; the last one frees it. */
typedef struct lookup {
    char host[256];
    char port[8];
    int owners;
    bool is_over;
    pthread_cond_t ended;
    int error; /* of getaddrinfo(), and errno */
    int system_error;
    hs_addresses found;
    struct lookup *next;
} lookup;

static hs_ownership ownership; /* of what follows */
static pthread_mutex_t mutex;  /* guards the lookups; not held while one is asked */
static lookup *under_way;

/* A child has none of its parent's threads, so that it must ask itself. */
static void forget_lookups(void *context)
{
    (void)context;
    pthread_mutex_init(&mutex, NULL);
    under_way = NULL;
}

static void lock(void)
{
    hs_process_take_over(&ownership, forget_lookups, NULL);
    pthread_mutex_lock(&mutex);
}

static void release(lookup *job)
{
    if (--job->owners > 0)
        return;
    pthread_cond_destroy(&job->ended);
    hs_memory_free(job, sizeof *job);
}

static lookup *find(const char *host, const char *port)
{
    lookup *job = under_way;
    while (job != NULL && (strcmp(job->host, host) != 0 || strcmp(job->port, port) != 0))
        job = job->next;
    return job;
}

static void end(lookup *job)
{
    lookup **place = &under_way;
    while (*place != job)
        place = &(*place)->next;
    *place = job->next;
    job->is_over = true;
    pthread_cond_broadcast(&job->ended);
}

static void *look_up(void *argument)
{
    lookup *job = argument;
    int error = ask(job->host, job->port, 0, &job->found);
    int system_error = errno;
    lock();
    job->error = error;
    job->system_error = system_error;
    end(job);
    release(job);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static lookup *make(const char *host, const char *port)
{
    lookup *job = hs_memory_new(sizeof *job);
    pthread_condattr_t monotonic;
    if (job == NULL)
        return NULL;
    snprintf(job->host, sizeof job->host, "%s", host);
    snprintf(job->port, sizeof job->port, "%s", port);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&job->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return job;
}

/* Joins the lookup that is under way, or starts one. */
static int join(const char *host, const char *port, const hs_reason *why, lookup **out)
{
    lookup *job = find(host, port);
    if (job == NULL) {
        job = make(host, port);
        if (job == NULL)
            return hs_refuse(why, SESSION_NO_MEMORY, "look up %s: out of memory", host);
        job->owners = 1;
        if (hs_thread_start(look_up, job) != SESSION_OK) {
            release(job);
            return hs_refuse(why, SESSION_SYSTEM,
                             "look up %s: no thread could be started", host);
        }
        job->next = under_way;
        under_way = job;
    }
    job->owners++;
    *out = job;
    return SESSION_OK;
}

static int wait_for(lookup *job, hs_deadline deadline, const hs_reason *why,
                    hs_addresses *out)
{
    const struct timespec until = hs_deadline_timespec(deadline);
    int error = 0;
    while (!job->is_over && error == 0)
        error = pthread_cond_timedwait(&job->ended, &mutex, &until);
    if (!job->is_over)
        return hs_refuse(why, SESSION_UNAVAILABLE, "look up %s: no answer in time",
                         job->host);
    *out = job->found;
    return judge(job->host, job->error, job->system_error, why);
}

static int look_up_name(const char *host, const char *port, hs_deadline deadline,
                        const hs_reason *why, hs_addresses *out)
{
    lookup *job = NULL;
    lock();
    int rc = join(host, port, why, &job);
    if (job != NULL) {
        rc = wait_for(job, deadline, why, out);
        release(job);
    }
    pthread_mutex_unlock(&mutex);
    return rc;
}

int hs_resolve(const char *host, int port, hs_deadline deadline, const hs_reason *why,
               hs_addresses *out)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%d", port);
    int error = ask(host, digits, AI_NUMERICHOST, out);
    return error == EAI_NONAME ? look_up_name(host, digits, deadline, why, out)
                               : judge(host, error, errno, why);
}
