#include "reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * On every answer. Strict-Transport-Security is not here, because the server that
 * ends TLS in front of this one has to send it.
 */
static const char *const security_headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
     "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"},
};

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_cookie(struct MHD_Response *response, const session_cookie *cookie,
                       const char *id)
{
    char header[512];
    int code = id != NULL ? session_cookie_format(cookie, id, header, sizeof header)
                          : session_cookie_format_deletion(cookie, header, sizeof header);
    return code == SESSION_OK && add(response, MHD_HTTP_HEADER_SET_COOKIE, header);
}

static bool add_cookies(const struct request *r, struct MHD_Response *response)
{
    bool ok = true;
    if (r->give_cookie)
        ok = add_cookie(response, r->app->cookie, session_id(r->session));
    else if (r->forget_cookie)
        ok = add_cookie(response, r->app->cookie, NULL);
    if (r->give_login_cookie)
        ok = ok && add_cookie(response, r->app->login_cookie, r->login_id);
    return ok;
}

static bool add_extras(struct MHD_Response *response, const struct extras *extras)
{
    bool ok = true;
    char seconds[16];
    if (extras == NULL)
        return true;
    snprintf(seconds, sizeof seconds, "%d", extras->retry_after);
    if (extras->retry_after > 0)
        ok = add(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    if (extras->clear_site_data)
        ok =
            ok && add(response, "Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
    if (extras->close)
        ok = ok && add(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (extras->location != NULL)
        ok = ok && add(response, MHD_HTTP_HEADER_LOCATION, extras->location);
    if (extras->allow != NULL)
        ok = ok && add(response, MHD_HTTP_HEADER_ALLOW, extras->allow);
    return ok;
}

/* Sends the response and frees it. If a header cannot be added, nothing is sent. */
static enum MHD_Result answer(struct request *r, unsigned status, const char *type,
                              const char *caching, struct MHD_Response *response,
                              const struct extras *extras)
{
    enum MHD_Result result = MHD_NO;
    if (response == NULL)
        return MHD_NO;
    bool ok = add(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
              add(response, MHD_HTTP_HEADER_CACHE_CONTROL, caching) &&
              add_cookies(r, response) && add_extras(response, extras);
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        ok = ok && add(response, security_headers[i][0], security_headers[i][1]);
    deadlines_restart(r->app->deadlines, r->connection);
    if (ok)
        result = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result reply_page(struct request *r, struct page *page, unsigned status,
                           const struct extras *extras)
{
    if (fclose(page->out) != 0) { /* memory ran out */
        free(page->html);
        return MHD_NO;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(page->size, page->html, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(page->html);
    return answer(r, status, "text/html; charset=utf-8", "no-store", response, extras);
}

static enum MHD_Result send_elsewhere(struct request *r, const char *location,
                                      bool clear_site_data)
{
    static char nothing[] = "";
    const struct extras extras = {.location = location,
                                  .clear_site_data = clear_site_data};
    return answer(r, MHD_HTTP_SEE_OTHER, "text/plain", "no-store",
                  MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT),
                  &extras);
}

enum MHD_Result reply_redirect(struct request *r, const char *location)
{
    return send_elsewhere(r, location, false);
}

enum MHD_Result reply_goodbye(struct request *r, const char *location)
{
    r->give_cookie = false;
    r->forget_cookie = true;
    return send_elsewhere(r, location, true);
}

enum MHD_Result reply_ended(struct request *r)
{
    r->give_cookie = false;
    r->forget_cookie = true;
    return reply_redirect(r, "/signed-out?why=ended");
}

enum MHD_Result reply_file(struct request *r, const char *type, const char *text)
{
    /* libmicrohttpd does not change the text, though it takes it without const. */
    return answer(r, MHD_HTTP_OK, type, "max-age=300",
                  MHD_create_response_from_buffer(strlen(text), (void *)text,
                                                  MHD_RESPMEM_PERSISTENT),
                  NULL);
}

enum MHD_Result reply_stream(struct request *r, MHD_ContentReaderCallback next, void *cls,
                             MHD_ContentReaderFreeCallback end)
{
    enum { BLOCK = 1024 };
    const unsigned silence = 60; /* seconds, more than a stream is ever silent for */
    const struct extras extras = {.close = true};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, next, cls, end);
    if (response == NULL) {
        end(cls);
        return MHD_NO;
    }
    MHD_set_connection_option(r->connection, MHD_CONNECTION_OPTION_TIMEOUT, silence);
    enum MHD_Result result =
        answer(r, MHD_HTTP_OK, "text/event-stream", "no-store", response, &extras);
    deadlines_lift(r->app->deadlines, r->connection);
    return result;
}
