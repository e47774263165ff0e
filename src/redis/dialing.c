#include "redis/dialing.h"

#include <stdatomic.h>
#include <sys/eventfd.h>

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/thread.h"
#include "redis/connection.h"
#include "redis/dial.h"

/* Shared by the caller and the thread; the last one frees it. */
struct hs_dialing {
    hs_endpoint endpoint;
    hs_deadline deadline;
    atomic_int owners;
    atomic_int ended;
    int end; /* the descriptor that says so */
    int code;
    char why[HS_CAUSE_SIZE]; /* not OK */
    int socket;              /* -1 for none */
};

static void destroy(hs_dialing *dialing)
{
    hs_descriptor_close(&dialing->socket);
    hs_descriptor_close(&dialing->end);
    hs_memory_free(dialing, sizeof *dialing);
}

void hs_dialing_free(hs_dialing *dialing)
{
    if (atomic_fetch_sub(&dialing->owners, 1) == 1)
        destroy(dialing);
}

void hs_dialing_free_inherited(hs_dialing *dialing)
{
    destroy(dialing);
}

static void *dial(void *argument)
{
    hs_dialing *dialing = argument;
    const hs_reason why = {dialing->why, sizeof dialing->why};
    dialing->code = hs_connection_open_socket(&dialing->endpoint, dialing->deadline, &why,
                                              &dialing->socket);
    atomic_store(&dialing->ended, 1);
    (void)eventfd_write(dialing->end, 1);
    hs_dialing_free(dialing);
    return NULL;
}

int hs_dialing_start(const hs_endpoint *endpoint, hs_deadline deadline, hs_dialing **out)
{
    hs_dialing *dialing = hs_memory_new(sizeof *dialing);
    if (dialing == NULL)
        return SESSION_NO_MEMORY;
    dialing->endpoint = *endpoint;
    dialing->deadline = deadline;
    dialing->socket = -1;
    atomic_init(&dialing->owners, 2);
    atomic_init(&dialing->ended, 0);
    dialing->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = dialing->end >= 0 ? hs_thread_start(dial, dialing) : SESSION_SYSTEM;
    if (rc == SESSION_OK)
        *out = dialing;
    else
        destroy(dialing);
    return rc;
}

int hs_dialing_fd(const hs_dialing *dialing)
{
    return dialing->end;
}

int hs_dialing_take(hs_dialing *dialing, const hs_reason *why, int *out)
{
    if (atomic_load(&dialing->ended) == 0)
        return SESSION_NOT_FOUND;
    if (dialing->code != SESSION_OK)
        return hs_refuse(why, dialing->code, "%s", dialing->why);
    *out = dialing->socket;
    dialing->socket = -1;
    return SESSION_OK;
}
