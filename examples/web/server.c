#include "server.h"

#include <arpa/inet.h>

#include "routes.h"

/*
 * An address may have at most a quarter of the connections, so that nobody can
 * keep all others out. With WEB_PROXY all connections have the proxy's address, so
 * the proxy has to limit its clients.
 */
enum { MOST_CONNECTIONS = 256, OF_ADDRESS = MOST_CONNECTIONS / 4, SILENCE_S = 10 };

/* Called when the headers are there, for each piece of the body, and at its end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    const struct app *app = cls;
    struct request *r = *state;
    if (r == NULL) {
        *state = request_new(app, connection, method, url);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        request_take(r, data, *size);
        *size = 0;
        return MHD_YES;
    }
    deadlines_lift(app->deadlines, connection); /* our own time does not count */
    return routes_answer(r);
}

static void on_end(void *cls, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    (void)why;
    const struct app *app = cls;
    request_free(*state);
    *state = NULL;
    deadlines_restart(app->deadlines, connection);
}

struct MHD_Daemon *server_start(struct app *app)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)app->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    unsigned of_address = app->behind_proxy ? 0 : OF_ADDRESS; /* 0: any number */
    return MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
        NULL, NULL, on_request, app, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, app, MHD_OPTION_NOTIFY_CONNECTION,
        deadlines_on_connection, app->deadlines, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MOST_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, of_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S, MHD_OPTION_END);
}
