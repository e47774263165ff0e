#include "record/envelope.h"

#include <string.h>

#include "base/base64.h"

static const char before_key[] = "{\"_\":{\"v\":2,\"key\":\"";
static const char before_deadline[] = "\",\"deadline\":";
static const char before_nonce[] = ",\"nonce\":\"";
static const char before_box[] = "\",\"box\":\"";
static const char end[] = "\"}}";

/* ---- Reading ---- */

/* Each takes something off the start of a text, or says that it is not there. */
static bool take(hs_slice *rest, size_t length, hs_slice *taken)
{
    if (rest->length < length)
        return false;
    *taken = (hs_slice){rest->start, length};
    *rest = (hs_slice){rest->start + length, rest->length - length};
    return true;
}

static bool take_text(hs_slice *rest, const char *text)
{
    hs_slice taken;
    return take(rest, strlen(text), &taken) &&
           memcmp(taken.start, text, taken.length) == 0;
}

static bool take_time(hs_slice *rest, int64_t *out)
{
    hs_slice digits;
    size_t length = 0;
    while (length < rest->length && rest->start[length] >= '0' &&
           rest->start[length] <= '9')
        length++;
    return take(rest, length, &digits) && hs_json_to_int(digits, out) &&
           (length == 1 || digits.start[0] != '0');
}

static bool take_name(hs_slice *rest, char name[HS_KEY_NAME_SIZE])
{
    char bytes[HS_KEY_NAME_SIZE];
    size_t length;
    hs_slice text;
    if (!take(rest, HS_KEY_NAME_SIZE - 1, &text) ||
        !hs_base64_read(text, bytes, sizeof bytes, &length))
        return false;
    memcpy(name, text.start, text.length);
    name[text.length] = '\0';
    return true;
}

static bool take_nonce(hs_slice *rest, unsigned char nonce[HS_SEAL_NONCE])
{
    size_t length;
    hs_slice text;
    return take(rest, hs_base64_length(HS_SEAL_NONCE), &text) &&
           hs_base64_read(text, nonce, HS_SEAL_NONCE, &length);
}

bool hs_envelope_read(hs_slice text, hs_envelope *envelope)
{
    hs_slice rest = text;
    size_t behind_box = strlen(end);
    if (!take_text(&rest, before_key) || !take_name(&rest, envelope->key) ||
        !take_text(&rest, before_deadline) ||
        !take_time(&rest, &envelope->absolute_expires_at))
        return false;
    envelope->head = (hs_slice){text.start, text.length - rest.length};
    if (!take_text(&rest, before_nonce) || !take_nonce(&rest, envelope->nonce) ||
        !take_text(&rest, before_box) || rest.length < behind_box)
        return false;
    return take(&rest, rest.length - behind_box, &envelope->box) && take_text(&rest, end);
}

/* ---- Writing ---- */

void hs_envelope_append_head(hs_buffer *out, const char *key, int64_t absolute_expires_at)
{
    hs_buffer_append_text(out, before_key);
    hs_buffer_append_text(out, key);
    hs_buffer_append_text(out, before_deadline);
    hs_buffer_append_int(out, absolute_expires_at);
}

void hs_envelope_append_rest(hs_buffer *out, const unsigned char nonce[HS_SEAL_NONCE],
                             hs_slice sealed)
{
    hs_buffer_append_text(out, before_nonce);
    hs_base64_append(out, nonce, HS_SEAL_NONCE);
    hs_buffer_append_text(out, before_box);
    hs_base64_append(out, sealed.start, sealed.length);
    hs_buffer_append_text(out, end);
}
