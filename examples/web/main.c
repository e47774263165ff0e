/*
 * A web site with logins, on libmicrohttpd: web [PORT]
 *
 *   REDIS_URL   where the sessions are; may set options, such as ?deadline=300ms
 *   WEB_COOKIE  the cookie's options, if the defaults will not do: browsers that
 *               take no secure cookies over plain HTTP need "name=session&secure=off"
 *
 * It listens on 127.0.0.1 only, in plain HTTP: something in front of it ends TLS.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "routes.h"

enum { DEFAULT_PORT = 8080, MOST_CONNECTIONS = 256, CONNECTION_TIMEOUT_S = 30 };

static void complain(int level, const char *text, void *user)
{
    (void)user;
    if (level != SESSION_LOG_INFO)
        fprintf(stderr, "hisession: %s\n", text);
}

/* ---- The stores ---- */

/*
 * What both have: logins that all servers hear of, a dead old id at once, and
 * at most ten devices a user, of which the oldest makes room.
 */
static int set_common_options(session_options *options)
{
    static const char *const common[][2] = {
        {"lifetime", LIFETIME},  {"regenerate_grace", "0s"}, {"events", "on"},
        {"on_conflict", "fail"}, {"user_limit", "10"},
    };
    int code = session_options_set_logger(options, complain, NULL);
    for (size_t i = 0; code == SESSION_OK && i < sizeof common / sizeof common[0]; i++)
        code = session_options_set(options, common[i][0], common[i][1]);
    return code;
}

static session_store *open_store(const char *ttl, const char *touch_on_get)
{
    char reason[200] = "";
    session_options *options = NULL;
    session_store *store = NULL;
    const char *url = getenv("REDIS_URL");
    int code = session_options_new(&options);
    if (code == SESSION_OK)
        code = set_common_options(options);
    if (code == SESSION_OK)
        code = session_options_set(options, "ttl", ttl);
    if (code == SESSION_OK)
        code = session_options_set(options, "touch_on_get", touch_on_get);
    if (code == SESSION_OK)
        code = session_store_open(url != NULL ? url : "redis://127.0.0.1:6379", options,
                                  &store, reason, sizeof reason);
    if (code != SESSION_OK)
        fprintf(stderr, "%s\n", reason[0] != '\0' ? reason : session_error_text(code));
    session_options_free(options);
    return store;
}

static session_cookie *open_cookie(void)
{
    char reason[200] = "";
    session_cookie *cookie = NULL;
    if (session_cookie_open(getenv("WEB_COOKIE"), &cookie, reason, sizeof reason) !=
        SESSION_OK)
        fprintf(stderr, "WEB_COOKIE: %s\n", reason);
    return cookie;
}

/* ---- The application ---- */

static bool app_open(struct app *app)
{
    app->anonymous = open_store(ANONYMOUS_TTL, "off");
    app->members = open_store(MEMBER_TTL, "on");
    app->cookie = open_cookie();
    app->accounts = accounts_new();
    app->limiter = limiter_new();
    if (app->members != NULL)
        app->live = live_start(app->members);
    return app->anonymous != NULL && app->members != NULL && app->cookie != NULL &&
           app->accounts != NULL && app->limiter != NULL && app->live != NULL;
}

static void app_close(struct app *app)
{
    live_free(app->live);
    limiter_free(app->limiter);
    accounts_free(app->accounts);
    session_cookie_close(app->cookie);
    session_store_close(app->members);
    session_store_close(app->anonymous);
}

/* ---- The server ---- */

/* Called when the headers are there, for each piece of the body, and at its end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    struct request *r = *state;
    if (r == NULL) {
        *state = request_new(cls, connection, method, url);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        request_take(r, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return routes_answer(r);
}

static void on_end(void *cls, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)connection, (void)why;
    request_free(*state);
    *state = NULL;
}

static struct MHD_Daemon *start(struct app *app)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)app->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    return MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
        NULL, NULL, on_request, app, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
}

/* Until somebody wants it to end. The signals are blocked in all threads. */
static int serve(struct app *app, const sigset_t *signals)
{
    int received;
    struct MHD_Daemon *daemon = start(app);
    if (daemon == NULL) {
        fprintf(stderr, "Cannot listen on port %d: is it in use?\n", app->port);
        live_stop(app->live);
        return EXIT_FAILURE;
    }
    printf("http://127.0.0.1:%d\n", app->port);
    fflush(stdout);
    sigwait(signals, &received);
    live_stop(app->live); /* first, so that no stream waits on */
    MHD_stop_daemon(daemon);
    return EXIT_SUCCESS;
}

static bool read_port(int argc, char **argv, int *port)
{
    char *end = NULL;
    long number = argc == 2 ? strtol(argv[1], &end, 10) : DEFAULT_PORT;
    *port = (int)number;
    return argc <= 2 && (end == NULL || *end == '\0') && number >= 1 && number <= 65535;
}

int main(int argc, char **argv)
{
    sigset_t signals;
    struct app app = {0};
    if (!read_port(argc, argv, &app.port)) {
        fprintf(stderr, "usage: web [PORT]\n");
        return EXIT_FAILURE;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);

    int status = EXIT_FAILURE;
    if (sodium_init() >= 0 && app_open(&app))
        status = serve(&app, &signals);
    app_close(&app);
    return status;
}
