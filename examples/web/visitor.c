#include "visitor.h"

#include <stdio.h>
#include <string.h>

#include "html.h"

enum { MOST_COOKIES = 16 * 1024, MOST_LABEL = 512, CONFIRMED_FOR_MS = 10 * 60 * 1000 };

struct cookies {
    char text[MOST_COOKIES];
    size_t length;
    bool cut;
};

/* A browser sends one Cookie header. What sends several gets all of them read. */
static enum MHD_Result join(void *cls, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    (void)kind;
    struct cookies *cookies = cls;
    if (strcasecmp(name, MHD_HTTP_HEADER_COOKIE) != 0 || value == NULL)
        return MHD_YES;
    size_t left = sizeof cookies->text - cookies->length;
    int written = snprintf(cookies->text + cookies->length, left, "%s%s",
                           cookies->length > 0 ? "; " : "", value);
    cookies->cut = written < 0 || (size_t)written >= left;
    if (!cookies->cut)
        cookies->length += (size_t)written;
    return cookies->cut ? MHD_NO : MHD_YES;
}

static int find_id(const struct request *r, char *id, size_t size)
{
    struct cookies cookies = {.length = 0};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, join, &cookies);
    if (cookies.cut)
        return SESSION_INVALID;
    return session_cookie_find(r->app->cookie, cookies.text, id, size);
}

static void drop_session(struct request *r)
{
    session_free(r->session);
    r->session = NULL;
}

static int replace(struct request *r, session_store *store, const char *id)
{
    session *s;
    int code = session_get(store, id, &s);
    if (code != SESSION_OK)
        return code;
    session_free(r->session);
    r->session = s;
    return SESSION_OK;
}

int visitor_load(struct request *r, bool active)
{
    char id[SESSION_COOKIE_ID_SIZE];
    int code = find_id(r, id, sizeof id);
    if (code == SESSION_OK) {
        r->forget_cookie = true; /* unless there is a session */
        code = replace(r, r->app->anonymous, id);
    }
    /* Only now it is known whose it is, and so whether to prolong it. */
    if (code == SESSION_OK && active && session_user(r->session) != NULL)
        code = replace(r, r->app->members, id);
    if (code == SESSION_BAD_ID)
        r->forget_cookie = true;
    if (code == SESSION_BAD_ID || code == SESSION_NOT_FOUND) {
        drop_session(r);
        return SESSION_OK;
    }
    r->forget_cookie = false;
    r->unsure = code != SESSION_OK;
    return code;
}

const char *visitor_user(const struct request *r)
{
    return session_user(r->session);
}

int visitor_begin(struct request *r)
{
    if (r->session != NULL)
        return SESSION_OK;
    int code = session_create(r->app->anonymous, NULL, &r->session);
    if (code == SESSION_OK)
        r->give_cookie = true;
    return code;
}

static int set_device(session *s, const struct request *r)
{
    char label[MOST_LABEL + 1], address[64];
    snprintf(label, sizeof label, "%s", request_header(r, MHD_HTTP_HEADER_USER_AGENT));
    request_address(r, address, sizeof address);
    int code = session_set_device(s, label, address);
    /* A browser may call itself anything, also what is not text. */
    return code == SESSION_INVALID ? session_set_device(s, NULL, address) : code;
}

/* A new id, and the answer hands it out. */
static int renew(struct request *r)
{
    int code = session_set_int(r->session, "confirmed_at", now_ms());
    if (code == SESSION_OK)
        code = session_regenerate(r->session);
    if (code == SESSION_OK)
        r->give_cookie = true;
    return code;
}

int visitor_sign_in(struct request *r, const char *user)
{
    /* The same session, but from now on with a member's timeouts. */
    int code = replace(r, r->app->members, session_id(r->session));
    if (code == SESSION_OK)
        code = session_set_user(r->session, user);
    if (code == SESSION_OK)
        code = set_device(r->session, r);
    return code == SESSION_OK ? renew(r) : code;
}

int visitor_confirm(struct request *r)
{
    return renew(r);
}

bool visitor_is_confirmed(const struct request *r)
{
    int64_t at = 0;
    session_get_int(r->session, "confirmed_at", &at);
    return now_ms() - at < CONFIRMED_FOR_MS;
}

bool visitor_sent_token(const struct request *r)
{
    return r->session != NULL &&
           session_csrf_check(r->session, request_field(r, FIELD_CSRF)) == SESSION_OK;
}
