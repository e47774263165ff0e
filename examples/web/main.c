/*
 * A web site with logins, on libmicrohttpd: web [PORT]
 *
 *   REDIS_URL            where the sessions are; may set options, such as
 *                        ?deadline=300ms
 *   WEB_COOKIE           the cookie's options, if the defaults will not do: browsers
 *                        that take no secure cookies over plain HTTP need
 *                        "name=session&secure=off"
 *   WEB_PROXY            "on" if all visitors come through a proxy that adds their
 *                        address to X-Forwarded-For
 *   WEB_REQUEST_SECONDS  how long a request, and its answer, may take (20)
 *
 * It listens on 127.0.0.1 only, in plain HTTP: something in front of it ends TLS.
 */
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { DEFAULT_PORT = 8080, REQUEST_S = 20 };

static void complain(int level, const char *text, void *user)
{
    (void)user;
    if (level != SESSION_LOG_INFO)
        fprintf(stderr, "hisession: %s\n", text);
}

/* ---- The stores ---- */

/*
 * What both stores have: events that tell all servers of logins and logouts, old
 * ids that end at once, and at most ten devices a user, where an eleventh ends the
 * oldest.
 */
static int set_common_options(session_options *options)
{
    static const char *const common[][2] = {
        {"ttl", TTL},     {"lifetime", LIFETIME},  {"regenerate_grace", "0s"},
        {"events", "on"}, {"on_conflict", "fail"}, {"user_limit", "10"},
    };
    int code = session_options_set_logger(options, complain, NULL);
    for (size_t i = 0; code == SESSION_OK && i < sizeof common / sizeof common[0]; i++)
        code = session_options_set(options, common[i][0], common[i][1]);
    return code;
}

static session_store *open_store(const char *touch_on_get)
{
    char reason[200] = "";
    session_options *options = NULL;
    session_store *store = NULL;
    const char *url = getenv("REDIS_URL");
    int code = session_options_new(&options);
    if (code == SESSION_OK)
        code = set_common_options(options);
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

/* ---- The cookies ---- */

static session_cookie *open_cookie(const char *options)
{
    char reason[200] = "";
    session_cookie *cookie = NULL;
    if (session_cookie_open(options, &cookie, reason, sizeof reason) != SESSION_OK)
        fprintf(stderr, "WEB_COOKIE: %s\n", reason);
    return cookie;
}

/* Sent over plain HTTP only if the session's cookie is. */
static session_cookie *open_login_cookie(const char *options)
{
    bool plain = options != NULL && strstr(options, "secure=off") != NULL;
    return open_cookie(plain ? "name=login&secure=off" : "name=__Host-login");
}

/* ---- The application ---- */

static bool setting_is_on(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && strcmp(value, "on") == 0;
}

/* Returns 0 if the setting is not a number of seconds. */
static int request_seconds(void)
{
    const char *value = getenv("WEB_REQUEST_SECONDS");
    char *end = NULL;
    long seconds = value != NULL ? strtol(value, &end, 10) : REQUEST_S;
    bool good = (end == NULL || *end == '\0') && seconds >= 1 && seconds <= 3600;
    if (!good)
        fprintf(stderr, "WEB_REQUEST_SECONDS: not a number from 1 to 3600\n");
    return good ? (int)seconds : 0;
}

static bool app_open(struct app *app)
{
    int seconds = request_seconds();
    app->behind_proxy = setting_is_on("WEB_PROXY");
    app->active = open_store("on");
    app->passive = open_store("off");
    app->cookie = open_cookie(getenv("WEB_COOKIE"));
    app->login_cookie = open_login_cookie(getenv("WEB_COOKIE"));
    app->accounts = accounts_new();
    app->limiter = limiter_new();
    if (seconds > 0)
        app->deadlines = deadlines_start(seconds);
    if (app->passive != NULL)
        app->live = live_start(app->passive);
    return app->active != NULL && app->passive != NULL && app->cookie != NULL &&
           app->login_cookie != NULL && app->accounts != NULL && app->limiter != NULL &&
           app->deadlines != NULL && app->live != NULL;
}

static void app_close(struct app *app)
{
    live_free(app->live);
    deadlines_stop(app->deadlines);
    limiter_free(app->limiter);
    accounts_free(app->accounts);
    session_cookie_close(app->login_cookie);
    session_cookie_close(app->cookie);
    session_store_close(app->passive);
    session_store_close(app->active);
}

/* Until a signal ends it. The signals are blocked in all threads. */
static int serve(struct app *app, const sigset_t *signals)
{
    int received;
    struct MHD_Daemon *daemon = server_start(app);
    if (daemon == NULL) {
        fprintf(stderr, "Cannot listen on port %d: is it in use?\n", app->port);
        return EXIT_FAILURE;
    }
    printf("http://127.0.0.1:%d\n", app->port);
    fflush(stdout);
    sigwait(signals, &received);
    live_stop(app->live); /* first, because a stream that waits keeps the server */
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
