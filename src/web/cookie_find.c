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

/* A tab does not count, because browsers let other cookies have one. */
static bool has_control(hs_slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.start[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static hs_slice trim(hs_slice text)
{
    while (text.length > 0 && is_space(text.start[0]))
        text = hs_slice_tail(text, 1);
    while (text.length > 0 && is_space(text.start[text.length - 1]))
        text = hs_slice_head(text, text.length - 1);
    return text;
}

/* Takes off all up to the next cookie with this name. False if there is none. */
static bool next_value(hs_slice *header, const char *name, hs_slice *value)
{
    while (header->length > 0) {
        hs_slice pair = hs_slice_take(header, ';');
        size_t length = hs_slice_find(pair, '=');
        if (length == pair.length ||
            !hs_slice_equals(trim(hs_slice_head(pair, length)), name))
            continue;
        *value = trim(hs_slice_tail(pair, length + 1));
        return true;
    }
    return false;
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

/* The id that a value carries. False if it is not as we would write it. */
static bool read_id(const session_cookie *cookie, hs_slice value, char id[HS_ID_SIZE])
{
    char text[VALUE_SIZE];
    const char *read = NULL;
    if (!hs_cookie_is_signed(cookie))
        read = hs_slice_copy(value, text, sizeof text) ? text : NULL;
    else if (hs_slice_decode(value, text, sizeof text))
        read = unsign(cookie, text);
    bool right = read != NULL && hs_id_is_express(read);
    if (right)
        memcpy(id, read, strlen(read) + 1);
    hs_memory_wipe(text, sizeof text);
    return right;
}

/* ---- All cookies of the name ---- */

/*
 * The one id that they hold. A value that holds none is passed over, because it
 * opens no session and would lock out the owner of an id that stands beside it.
 */
static int find_id(const session_cookie *cookie, hs_slice header, char found[HS_ID_SIZE])
{
    char id[HS_ID_SIZE];
    hs_slice value;
    int rc = SESSION_NOT_FOUND;
    while (rc != SESSION_AMBIGUOUS && next_value(&header, cookie->name, &value)) {
        if (!read_id(cookie, value, id)) {
            if (rc == SESSION_NOT_FOUND && value.length > 0)
                rc = SESSION_BAD_ID;
        } else if (rc != SESSION_OK) {
            memcpy(found, id, sizeof id);
            rc = SESSION_OK;
        } else if (strcmp(found, id) != 0) {
            rc = SESSION_AMBIGUOUS;
        }
    }
    hs_memory_wipe(id, sizeof id);
    return rc;
}

/* ---- The API ---- */

int session_cookie_find(const session_cookie *cookie, const char *header, char *id,
                        size_t size)
{
    char found[HS_ID_SIZE];
    if (id != NULL && size > 0)
        id[0] = '\0';
    if (cookie == NULL || id == NULL)
        return SESSION_INVALID;
    if (header == NULL)
        return SESSION_NOT_FOUND;
    hs_slice whole = {header, strnlen(header, LONGEST_HEADER + 1)};
    if (whole.length > LONGEST_HEADER || has_control(whole))
        return SESSION_INVALID;
    int rc = find_id(cookie, whole, found);
    if (rc == SESSION_OK && !hs_slice_copy(hs_slice_of(found), id, size))
        rc = SESSION_BUFFER;
    hs_memory_wipe(found, sizeof found);
    return rc;
}
