/* Set-Cookie: the text that hands out a cookie or takes it back. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/mac.h"
#include "web/cookie_variant.h"

static const char past[] = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/* ---- Writing into the caller's memory ---- */

/* Counts on where the memory ends, so that it tells what would have been needed. */
typedef struct {
    char *data;
    size_t size;
    size_t length;
} writer;

static void write_bytes(writer *w, const char *bytes, size_t length)
{
    if (w->length + length < w->size)
        memcpy(w->data + w->length, bytes, length);
    w->length += length;
}

static void write_text(writer *w, const char *text)
{
    write_bytes(w, text, strlen(text));
}

/* As JavaScript's encodeURIComponent(). */
static void write_escaped(writer *w, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_.!~*'()";
    static const char hex[] = "0123456789ABCDEF";
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        char escape[] = {'%', hex[c >> 4], hex[c & 15]};
        if (strchr(plain, *at) != NULL)
            write_bytes(w, at, 1);
        else
            write_bytes(w, escape, sizeof escape);
    }
}

/* All or nothing. */
static int finish(writer *w)
{
    if (w->length < w->size) {
        w->data[w->length] = '\0';
        return SESSION_OK;
    }
    hs_memory_wipe(w->data, w->size);
    return SESSION_BUFFER;
}

/* ---- The parts ---- */

bool hs_cookie_is_signed(const session_cookie *cookie)
{
    return cookie->secrets[0][0] != '\0';
}

size_t hs_cookie_longest_value(const session_cookie *cookie)
{
    /* Each digit of a signature may need an escape. */
    return HS_ID_LONGEST +
           (hs_cookie_is_signed(cookie) ? strlen("s%3A.") + 3 * HS_SIGNATURE_LENGTH : 0);
}

static void write_value(writer *w, const session_cookie *cookie, const char *id)
{
    char signature[HS_SIGNATURE_SIZE];
    if (!hs_cookie_is_signed(cookie)) {
        write_text(w, id);
        return;
    }
    hs_mac_sign(cookie->secrets[0], id, signature);
    write_escaped(w, "s:");
    write_escaped(w, id);
    write_escaped(w, ".");
    write_escaped(w, signature);
    hs_memory_wipe(signature, sizeof signature);
}

/* `life` is the text that says how long it lives, "" for the browser's session. */
static void write_attributes(writer *w, const session_cookie *cookie,
                             const hs_cookie_variant *variant, const char *life)
{
    static const char *const same_site[] = {"Strict", "Lax", "None"};
    write_text(w, "; Path=");
    write_bytes(w, variant->path.start, variant->path.length);
    if (variant->domain.length > 0) {
        write_text(w, "; Domain=");
        write_bytes(w, variant->domain.start, variant->domain.length);
    }
    write_text(w, life);
    if (cookie->secure != 0 || variant->partitioned)
        write_text(w, "; Secure");
    if (cookie->http_only != 0)
        write_text(w, "; HttpOnly");
    write_text(w, "; SameSite=");
    write_text(w, same_site[cookie->same_site]);
    if (variant->partitioned)
        write_text(w, "; Partitioned");
}

static void write_deletion(writer *w, const session_cookie *cookie,
                           const hs_cookie_variant *variant, const char *life)
{
    write_text(w, cookie->name);
    write_text(w, "=");
    write_attributes(w, cookie, variant, life);
}

/* ---- The API ---- */

int session_cookie_format(const session_cookie *cookie, const char *id, char *buffer,
                          size_t size)
{
    char life[40] = "";
    writer w = {buffer, size, 0};
    if (buffer != NULL && size > 0)
        buffer[0] = '\0';
    if (cookie == NULL || id == NULL || buffer == NULL)
        return SESSION_INVALID;
    if (!hs_id_is_express(id))
        return SESSION_BAD_ID;
    if (cookie->max_age != 0)
        snprintf(life, sizeof life, "; Max-Age=%lld", (long long)cookie->max_age / 1000);
    hs_cookie_variant own = hs_cookie_own_variant(cookie);
    write_text(&w, cookie->name);
    write_text(&w, "=");
    write_value(&w, cookie, id);
    write_attributes(&w, cookie, &own, life);
    return finish(&w);
}

int session_cookie_format_deletion(const session_cookie *cookie, char *buffer,
                                   size_t size)
{
    writer w = {buffer, size, 0};
    if (buffer != NULL && size > 0)
        buffer[0] = '\0';
    if (cookie == NULL || buffer == NULL)
        return SESSION_INVALID;
    hs_cookie_variant own = hs_cookie_own_variant(cookie);
    write_deletion(&w, cookie, &own, past);
    return finish(&w);
}

/* Without Expires, because there can be many of them in one answer. */
int session_cookie_format_variant_deletion(const session_cookie *cookie, const char *host,
                                           const char *path, size_t index, char *buffer,
                                           size_t size)
{
    hs_cookie_variant variant;
    writer w = {buffer, size, 0};
    if (buffer != NULL && size > 0)
        buffer[0] = '\0';
    if (cookie == NULL || host == NULL || path == NULL || buffer == NULL)
        return SESSION_INVALID;
    int rc = hs_cookie_variant_at(cookie, host, path, index, &variant);
    if (rc != SESSION_OK)
        return rc;
    write_deletion(&w, cookie, &variant, "; Max-Age=0");
    return finish(&w);
}

size_t session_cookie_size(const session_cookie *cookie)
{
    static const hs_cookie_variant longest = {.domain = {NULL, HS_COOKIE_DOMAIN},
                                              .path = {NULL, HS_COOKIE_PATH},
                                              .partitioned = true};
    writer w = {NULL, 0, 0}; /* counts, and reads none of the bytes */
    if (cookie == NULL)
        return 0;
    write_deletion(&w, cookie, &longest, past); /* no life is a longer text */
    return w.length + hs_cookie_longest_value(cookie) + 1;
}
