#include "routes.h"

#include <string.h>

#include "assets.h"
#include "forms.h"
#include "login.h"
#include "pages.h"
#include "stream.h"
#include "visitor.h"

enum access {
    STATIC,     /* the same for everybody: no session is looked at */
    ANYBODY,    /* with or without one */
    IN_SILENCE, /* the same, and it is no activity */
    MEMBER,     /* for users who are logged in */
    LISTENER,   /* the same, and it is no activity */
};

static enum MHD_Result get_style(struct request *r)
{
    return reply_file(r, "text/css; charset=utf-8", asset_style);
}

static enum MHD_Result get_script(struct request *r)
{
    return reply_file(r, "text/javascript; charset=utf-8", asset_live);
}

static enum MHD_Result get_icon(struct request *r)
{
    return reply_file(r, "image/svg+xml", asset_icon);
}

static enum MHD_Result get_signed_out(struct request *r)
{
    return visitor_user(r) != NULL ? reply_redirect(r, "/account") : page_signed_out(r);
}

static const struct route {
    const char *method, *path;
    enum access access;
    enum MHD_Result (*answer)(struct request *r);
} routes[] = {
    {"GET", "/style.css", STATIC, get_style},
    {"GET", "/live.js", STATIC, get_script},
    {"GET", "/icon.svg", STATIC, get_icon},
    {"GET", "/", ANYBODY, page_front},
    {"GET", "/login", ANYBODY, login_get},
    {"POST", "/login", ANYBODY, login_post},
    {"GET", "/signed-out", IN_SILENCE, get_signed_out},
    {"GET", "/account", MEMBER, page_account},
    {"POST", "/account/note", MEMBER, form_note},
    {"POST", "/account/count", MEMBER, form_count},
    {"GET", "/devices", MEMBER, devices_get},
    {"POST", "/devices/revoke", MEMBER, form_revoke},
    {"POST", "/devices/others", MEMBER, form_log_out_others},
    {"POST", "/devices/all", MEMBER, form_log_out_everywhere},
    {"POST", "/logout", MEMBER, form_logout},
    {"GET", "/events", LISTENER, stream_get},
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

static const struct route *find(const char *method, const char *path)
{
    if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        method = MHD_HTTP_METHOD_GET;
    for (size_t i = 0; i < ROUTES; i++)
        if (strcmp(routes[i].path, path) == 0 && strcmp(routes[i].method, method) == 0)
            return &routes[i];
    return NULL;
}

static enum MHD_Result no_route(struct request *r)
{
    visitor_load(r, false); /* for the links above the page; whatever comes of it */
    bool get = find(MHD_HTTP_METHOD_GET, r->path) != NULL;
    if (!get && find(MHD_HTTP_METHOD_POST, r->path) == NULL)
        return page_error(r, MHD_HTTP_NOT_FOUND, "There is no such page",
                          "The address may be old, or mistyped.");
    return page_wrong_method(r, get ? "GET, HEAD" : "POST");
}

static enum MHD_Result no_session(struct request *r, const struct route *route)
{
    if (route->access == LISTENER)
        return page_error(r, MHD_HTTP_UNAUTHORIZED, "You are not logged in",
                          "This session is over.");
    return r->forget_cookie ? reply_ended(r) : reply_redirect(r, "/login");
}

static enum MHD_Result bad_form(struct request *r)
{
    if (r->too_big)
        return page_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "That is too much",
                          "What was sent is larger than any of our forms.");
    return page_error(r, MHD_HTTP_BAD_REQUEST, "That is not one of our forms",
                      "It could not be read.");
}

/* What the route asks for, in the order in which it matters. */
enum MHD_Result routes_answer(struct request *r)
{
    const struct route *route = find(r->method, r->path);
    if (route == NULL)
        return no_route(r);
    if (route->access == STATIC)
        return route->answer(r);
    int code = visitor_load(r, route->access == ANYBODY || route->access == MEMBER);
    if (code == SESSION_INVALID || code == SESSION_AMBIGUOUS)
        return page_error(r, MHD_HTTP_BAD_REQUEST, "Two session cookies",
                          "Your browser sent more than one, so one of them was planted "
                          "by somebody else. Please delete this site's cookies.");
    if (code != SESSION_OK)
        return page_trouble(r, code);
    if (r->too_big || r->malformed)
        return bad_form(r);
    if ((route->access == MEMBER || route->access == LISTENER) && visitor_user(r) == NULL)
        return no_session(r, route);
    /* Only the login form outlives its session, and deals with that itself. */
    if (strcmp(r->method, MHD_HTTP_METHOD_POST) == 0 && route->answer != login_post &&
        !visitor_sent_token(r))
        return page_error(r, MHD_HTTP_FORBIDDEN, "This form is out of date",
                          "It was made before you logged in, or by another site. Nothing "
                          "was done. Please go back to the page and try again.");
    return route->answer(r);
}
