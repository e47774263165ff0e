/*
 * Logins behind a web server that speaks FastCGI: `fastcgi SOCKET`. The store is
 * opened once; the processes that answer requests come from fork() and share it.
 */
#include <fcgiapp.h>
#include <hisession/cookie.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static session_store *store;
static session_cookie *cookie;

static int answer(FCGX_Request *web, const char *status, const char *text)
{
    FCGX_FPrintF(web->out,
                 "Status: %s\nCache-Control: no-store\nContent-Type: text/plain\n\n%s\n",
                 status, text);
    return SESSION_OK;
}

/* Hands out the id, or, for NULL, has the browser forget it. Goes before the answer. */
static int set_cookie(FCGX_Request *web, const char *id)
{
    char header[512];
    int code = id != NULL ? session_cookie_format(cookie, id, header, sizeof header)
                          : session_cookie_format_deletion(cookie, header, sizeof header);
    if (code == SESSION_OK)
        FCGX_FPrintF(web->out, "Set-Cookie: %s\n", header);
    return code;
}

/*
 * Shows the token that each POST has to bring. It belongs to a session, so visitors
 * get one here.
 */
static int whoami(FCGX_Request *web, session *s)
{
    char text[256], token[SESSION_CSRF_LENGTH + 1];
    const char *user = session_user(s);
    int code = SESSION_OK;
    if (session_id(s) == NULL && (code = session_save(s)) == SESSION_OK)
        code = set_cookie(web, session_id(s));
    if (code == SESSION_OK)
        code = session_csrf_token(s, token, sizeof token);
    if (code != SESSION_OK)
        return code;
    snprintf(text, sizeof text, "%s\n%s", user != NULL ? user : "nobody", token);
    return answer(web, "200 OK", text);
}

static int log_in(FCGX_Request *web, session *s)
{
    char form[128], user[33], password[33];
    int size = FCGX_GetStr(form, sizeof form - 1, web->in), end = 0;
    form[size] = '\0';
    sscanf(form, "user=%32[a-z0-9]&password=%32[a-z]%n", user, password, &end);
    /* `end` is set only if all was found, and nothing may follow the password. */
    if (end == 0 || end != size ||
        strcmp(password, "demo") != 0) /* yours: crypto_pwhash_str_verify() */
        return answer(web, "403 Forbidden", "Wrong name or password.");
    int code = session_set_user(s, user);
    if (code == SESSION_OK)
        code = session_regenerate(s); /* an id that was planted is worth nothing now */
    if (code == SESSION_OK)
        code = set_cookie(web, session_id(s));
    return code == SESSION_OK ? answer(web, "200 OK", "Logged in.") : code;
}

static int log_out(FCGX_Request *web, session *s)
{
    int code = session_destroy(store, session_id(s));
    if (code == SESSION_OK || code == SESSION_NOT_FOUND) /* it ended before */
        code = set_cookie(web, NULL);
    return code == SESSION_OK ? answer(web, "200 OK", "Logged out.") : code;
}

/* The session of the cookie, else a new one, which has no id until it is saved. */
static int open_session(FCGX_Request *web, session **s)
{
    char id[SESSION_COOKIE_ID_SIZE];
    const char *header = FCGX_GetParam("HTTP_COOKIE", web->envp);
    int code = session_cookie_find(cookie, header, id, sizeof id);
    if (code == SESSION_OK)
        code = session_get(store, id, s);
    int category = session_error_category(code);
    if (category == SESSION_CATEGORY_CALLER || category == SESSION_CATEGORY_EXPECTED)
        code = session_new(store, s);
    return code;
}

static int handle(FCGX_Request *web, session *s)
{
    const char *request = FCGX_GetParam("REQUEST", web->envp);
    if (strcmp(request, "GET /whoami") == 0)
        return whoami(web, s);
    if (session_csrf_check(s, FCGX_GetParam("HTTP_X_CSRF_TOKEN", web->envp)) != 0)
        return answer(web, "403 Forbidden", "The token is missing or old.");
    if (strcmp(request, "POST /login") == 0)
        return log_in(web, s);
    if (strcmp(request, "POST /logout") == 0)
        return log_out(web, s);
    return answer(web, "404 Not Found", "There is no such page.");
}

static void serve(FCGX_Request *web)
{
    session *s = NULL;
    int code = open_session(web, &s);
    if (code == SESSION_OK)
        code = handle(web, s);
    if (code != SESSION_OK) { /* the cookie stays, because trouble must log nobody out */
        FCGX_FPrintF(web->err, "%s", session_error_text(code));
        answer(web, "503 Service Unavailable\nRetry-After: 1", "Try again.");
    }
    session_free(s);
}

static void start_child(int listener)
{
    FCGX_Request web;
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it ends with its parent */
    FCGX_InitRequest(&web, listener, 0);
    while (getppid() == parent && FCGX_Accept_r(&web) == 0)
        serve(&web);
    _exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    char error[200] = "usage: fastcgi SOCKET";
    if (argc != 2 || FCGX_Init() != 0 ||
        session_store_open(getenv("REDIS_URL"), NULL, &store, error, sizeof error) != 0 ||
        session_cookie_open(getenv("COOKIE"), &cookie, error, sizeof error) != 0) {
        fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    int code = session_touch(store, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    if (code != SESSION_NOT_FOUND) /* no reason to end: it may come back */
        fprintf(stderr, "%s\n", session_error_text(code));
    int listener = FCGX_OpenSocket(argv[1], 64);
    for (int n = 0; n < 4; n++)
        start_child(listener);
    for (int status; wait(&status) > 0;)
        if (WIFSIGNALED(status)) /* one that crashed is replaced */
            start_child(listener);
    return EXIT_FAILURE;
}
