#include "routes.h"

#include <string.h>

#include "assets.h"
#include "forms.h"
#include "login.h"
#include "pages.h"
#include "stream.h"
#include "token.h"
#include "visitor.h"

enum access {
    STATIC,   /* the same for everybody: no session is looked at */
    ANYBODY,  /* with or without a session */
    PASSIVE,  /* the same, but it does not prolong the session */
    MEMBER,   /* for users who are logged in */
    LISTENER, /* the same, but it does not prolong the session */
};

static enum MHD_Result get_style(struct request *r)
{
    return reply_file(r, "text/css; charset=utf-8", asset_style);
}

static enum MHD_Result get_page_script(struct request *r)
{
    return reply_file(r, "text/javascript; charset=utf-8", asset_page);
}

static enum MHD_Result get_live_script(struct request *r)
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
    {"GET", "/page.js", STATIC, get_page_script},
    {"GET", "/live.js", STATIC, get_live_script},
    {"GET", "/icon.svg", STATIC, get_icon},
    {"GET", "/", ANYBODY, page_front},
    {"GET", "/login", ANYBODY, login_get},
    {"POST", "/login", ANYBODY, login_post},
    {"GET", "/signed-out", PASSIVE, get_signed_out},
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

static const char *allowed_methods(bool get, bool post)
{
    if (get && post)
        return "GET, HEAD, POST";
    return get ? "GET, HEAD" : "POST";
}

static enum MHD_Result no_route(struct request *r)
{
    visitor_load(r, false); /* only for the links above the page: errors are ignored */
    bool get = find(MHD_HTTP_METHOD_GET, r->path) != NULL;
    bool post = find(MHD_HTTP_METHOD_POST, r->path) != NULL;
    if (!get && !post)
        return page_error(r, MHD_HTTP_NOT_FOUND, "There is no such page",
                          "The address may be old, or mistyped.", NULL);
    const struct extras extras = {.allow = allowed_methods(get, post)};
    return page_error(r, MHD_HTTP_METHOD_NOT_ALLOWED, "That is not possible here",
                      "This address is for something else.", &extras);
}

static enum MHD_Result no_session(struct request *r, const struct route *route)
{
    if (route->access == LISTENER) /* the script of an open page knows this status */
        return page_error(r, MHD_HTTP_UNAUTHORIZED, "You are not logged in",
                          "This session is over.", NULL);
    return r->forget_cookie ? reply_ended(r) : reply_redirect(r, "/login");
}

static enum MHD_Result bad_form(struct request *r)
{
    if (r->too_big)
        return page_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "That is too much",
                          "What was sent is larger than any of our forms.", NULL);
    return page_error(r, MHD_HTTP_BAD_REQUEST, "That is not one of our forms",
                      "It could not be read.", NULL);
}

static enum MHD_Result bad_token(struct request *r, const struct route *route)
{
    if (route->answer == login_post)
        return login_again(r);
    return page_error(r, MHD_HTTP_FORBIDDEN, "This form is out of date",
                      "It was made before you logged in, or by another site. Nothing "
                      "was done. Please go back to the page and try again.",
                      NULL);
}

static enum MHD_Result no_visitor(struct request *r, int code)
{
    if (code != SESSION_INVALID && code != SESSION_AMBIGUOUS)
        return page_trouble(r, code);
    return page_error(r, MHD_HTTP_BAD_REQUEST, "Two session cookies",
                      "Your browser sent more than one, so one of them was planted by "
                      "somebody else. Please delete this site's cookies.",
                      NULL);
}

/* The checks that the route asks for, in the order in which they matter. */
enum MHD_Result routes_answer(struct request *r)
{
    const struct route *route = find(r->method, r->path);
    if (route == NULL)
        return no_route(r);
    if (route->access == STATIC)
        return route->answer(r);
    int code = visitor_load(r, route->access == ANYBODY || route->access == MEMBER);
    if (code != SESSION_OK)
        return no_visitor(r, code);
    if (r->too_big || r->malformed)
        return bad_form(r);
    if ((route->access == MEMBER || route->access == LISTENER) && visitor_user(r) == NULL)
        return no_session(r, route);
    if (strcmp(r->method, MHD_HTTP_METHOD_POST) == 0 && !token_check(r))
        return bad_token(r, route);
    return route->answer(r);
}
