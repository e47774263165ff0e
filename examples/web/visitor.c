#include "visitor.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "html.h"

enum { MOST_COOKIES = 16 * 1024, CONFIRMED_FOR_MS = 10 * 60 * 1000 };

/* ---- Cookies ---- */

struct cookies {
    char text[MOST_COOKIES];
    size_t length;
    bool cut;
};

/* A browser sends one Cookie header. If a client sends several, all are read. */
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

int visitor_find_cookie(const struct request *r, const session_cookie *cookie,
                        char value[SESSION_COOKIE_ID_SIZE])
{
    struct cookies cookies = {.length = 0};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, join, &cookies);
    if (cookies.cut)
        return SESSION_INVALID;
    return session_cookie_find(cookie, cookies.text, value, SESSION_COOKIE_ID_SIZE);
}

/* ---- The session ---- */

int visitor_load(struct request *r, bool active)
{
    char id[SESSION_COOKIE_ID_SIZE];
    int code = visitor_find_cookie(r, r->app->cookie, id);
    bool has_cookie = code == SESSION_OK || code == SESSION_BAD_ID;
    if (code == SESSION_OK)
        code = session_get(active ? r->app->active : r->app->passive, id, &r->session);
    bool has_session = code == SESSION_OK;
    if (code == SESSION_BAD_ID || code == SESSION_NOT_FOUND)
        code = SESSION_OK;
    r->unsure = code != SESSION_OK;
    r->forget_cookie = has_cookie && !has_session && !r->unsure;
    return code;
}

const char *visitor_user(const struct request *r)
{
    return session_user(r->session);
}

int visitor_save(session *s)
{
    int code = session_save(s);
    return code == SESSION_UNKNOWN ? session_save(s) : code;
}

/* ---- Logging in ---- */

static int set_device(session *s, const struct request *r)
{
    char label[DEVICE_LABEL_SIZE], address[ADDRESS_SIZE];
    device_label(request_header(r, MHD_HTTP_HEADER_USER_AGENT), label);
    request_address(r, address, sizeof address);
    return session_set_device(s, label, address);
}

static int set_confirmed(session *s)
{
    return session_set_int(s, "confirmed_at", now_ms());
}

int visitor_sign_in(struct request *r, const char *user)
{
    session *s;
    int code = session_new(r->app->active, &s);
    if (code != SESSION_OK)
        return code;
    code = session_set_user(s, user);
    if (code == SESSION_OK)
        code = set_device(s, r);
    if (code == SESSION_OK)
        code = set_confirmed(s);
    if (code == SESSION_OK)
        code = visitor_save(s);
    if (code != SESSION_OK) {
        session_free(s);
        return code;
    }
    session_free(r->session);
    r->session = s;
    r->give_cookie = true;
    return SESSION_OK;
}

int visitor_confirm(struct request *r)
{
    int code = set_confirmed(r->session);
    if (code == SESSION_OK)
        code = session_regenerate(r->session);
    if (code == SESSION_OK)
        r->give_cookie = true;
    return code;
}

bool visitor_is_confirmed(const struct request *r)
{
    int64_t at = 0;
    session_get_int(r->session, "confirmed_at", &at);
    return now_ms() - at < CONFIRMED_FOR_MS;
}
