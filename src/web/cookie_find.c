/* Cookie: the id in what a browser, or someone else, sent. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/mac.h"
#include "web/cookie_setup.h"

enum { LONGEST_HEADER = 64 * 1024 };

/* Room for "s:", the longest id, ".", a signature and a NUL. */
enum { VALUE_SIZE = 2 + HS_ID_LONGEST + 1 + HS_SIGNATURE_SIZE };

_Static_assert((int)SESSION_COOKIE_ID_SIZE == HS_ID_SIZE, "any id fits");

/* ---- The header ---- */

/* A tab is none: browsers let other cookies have one. */
static bool has_control(hs_slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.start[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Takes spaces and tabs off the front. */
static hs_slice skip_space(hs_slice text)
{
    while (text.length > 0 && (text.start[0] == ' ' || text.start[0] == '\t'))
        text = hs_slice_tail(text, 1);
    return text;
}

/* The value of the one cookie with this name. */
static int find_value(hs_slice header, const char *name, hs_slice *value)
{
    bool found = false;
    while (header.length > 0) {
        hs_slice pair = skip_space(hs_slice_take(&header, ';'));
        size_t length = hs_slice_find(pair, '=');
        if (length == pair.length || !hs_slice_equals(hs_slice_head(pair, length), name))
            continue;
        if (found)
            return SESSION_INVALID;
        found = true;
        *value = hs_slice_tail(pair, length + 1);
    }
    if (!found || value->length == 0)
        return SESSION_NOT_FOUND;
    return value->start[0] == '"' ? SESSION_INVALID : SESSION_OK;
}

/* ---- The value ---- */

/* Tries every secret, so that the time does not tell which one it was. */
static bool is_signature(const session_cookie *cookie, const char *id,
                         const char *signature)
{
    char right[HS_SIGNATURE_SIZE];
    bool verified = false;
    if (strlen(signature) != HS_SIGNATURE_LENGTH)
        return false;
    for (size_t i = 0; i <= cookie->old_secrets; i++) {
        hs_mac_sign(cookie->secrets[i], id, right);
        verified |= hs_mac_equals(right, signature, HS_SIGNATURE_LENGTH);
    }
    hs_memory_wipe(right, sizeof right);
    return verified;
}

/* Takes "s:", the dot and the signature off. */
static const char *unsign(const session_cookie *cookie, char *text)
{
    char *dot = strrchr(text, '.');
    if (strncmp(text, "s:", 2) != 0 || dot == NULL)
        return NULL;
    *dot = '\0';
    return is_signature(cookie, text + 2, dot + 1) ? text + 2 : NULL;
}

/* The id that a value carries, in `text`; NULL if it is not as we would write it. */
static const char *read_value(const session_cookie *cookie, hs_slice value,
                              char text[VALUE_SIZE])
{
    const char *id = NULL;
    if (!hs_cookie_is_signed(cookie))
        id = hs_slice_copy(value, text, VALUE_SIZE) ? text : NULL;
    else if (hs_slice_decode(value, text, VALUE_SIZE))
        id = unsign(cookie, text);
    return id != NULL && hs_id_is_express(id) ? id : NULL;
}

/* ---- The API ---- */

int session_cookie_find(const session_cookie *cookie, const char *header, char *id,
                        size_t size)
{
    char text[VALUE_SIZE];
    hs_slice value = {NULL, 0};
    if (id != NULL && size > 0)
        id[0] = '\0';
    if (cookie == NULL || id == NULL)
        return SESSION_INVALID;
    if (header == NULL)
        return SESSION_NOT_FOUND;
    hs_slice whole = {header, strnlen(header, LONGEST_HEADER + 1)};
    if (whole.length > LONGEST_HEADER || has_control(whole))
        return SESSION_INVALID;
    int rc = find_value(whole, cookie->name, &value);
    if (rc != SESSION_OK)
        return rc;
    const char *found = read_value(cookie, value, text);
    if (found == NULL)
        rc = SESSION_BAD_ID;
    else if (!hs_slice_copy(hs_slice_of(found), id, size))
        rc = SESSION_BUFFER;
    hs_memory_wipe(text, sizeof text);
    return rc;
}
