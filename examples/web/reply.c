#include "reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * On every answer. Strict-Transport-Security is not here: it belongs to what
 * ends TLS in front of this server.
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

/* The cookie that hands the session out, or the one that takes it back. */
static bool add_cookie(const struct request *r, struct MHD_Response *response)
{
    char header[512];
    int code = SESSION_OK;
    if (r->give_cookie)
        code = session_cookie_format(r->app->cookie, session_id(r->session), header,
                                     sizeof header);
    else if (r->forget_cookie)
        code = session_cookie_format_deletion(r->app->cookie, header, sizeof header);
    else
        return true;
    return code == SESSION_OK && add(response, MHD_HTTP_HEADER_SET_COOKIE, header);
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
    if (extras->location != NULL)
        ok = ok && add(response, MHD_HTTP_HEADER_LOCATION, extras->location);
    if (extras->allow != NULL)
        ok = ok && add(response, MHD_HTTP_HEADER_ALLOW, extras->allow);
    return ok;
}

/* Sends the response and frees it. An answer without one of its headers is none. */
static enum MHD_Result answer(struct request *r, unsigned status, const char *type,
                              const char *caching, struct MHD_Response *response,
                              const struct extras *extras)
{
    enum MHD_Result result = MHD_NO;
    if (response == NULL)
        return MHD_NO;
    bool ok = add(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
              add(response, MHD_HTTP_HEADER_CACHE_CONTROL, caching) &&
              add_cookie(r, response) && add_extras(response, extras);
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        ok = ok && add(response, security_headers[i][0], security_headers[i][1]);
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
    /* MHD takes a pointer to what it will not change. */
    return answer(r, MHD_HTTP_OK, type, "max-age=300",
                  MHD_create_response_from_buffer(strlen(text), (void *)text,
                                                  MHD_RESPMEM_PERSISTENT),
                  NULL);
}

enum MHD_Result reply_stream(struct request *r, MHD_ContentReaderCallback next, void *cls,
                             MHD_ContentReaderFreeCallback end)
{
    enum { BLOCK = 1024 };
    return answer(
        r, MHD_HTTP_OK, "text/event-stream", "no-store",
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, next, cls, end), NULL);
}
