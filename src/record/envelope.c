#include "record/envelope.h"

#include <string.h>

#include "crypto/base64.h"

static const char former_start[] = "{\"_\":{\"v\":2,\"key\":\"";
static const char before_key[] = "{\"_\":{\"v\":3,\"key\":\"";
static const char before_created[] = "\",\"created\":";
static const char before_deadline[] = ",\"deadline\":";
static const char before_user[] = ",\"user\":\"";
static const char before_login[] = "\",\"login\":";
static const char before_from[] = ",\"from\":\"";
static const char before_next[] = ",\"next\":\"";
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

/* Takes nothing unless it is there. */
static bool take_text(hs_slice *rest, const char *text)
{
    size_t length = strlen(text);
    if (rest->length < length || memcmp(rest->start, text, length) != 0)
        return false;
    *rest = hs_slice_tail(*rest, length);
    return true;
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

/* A text that ends with a quote, which is taken, too. */
static bool take_id(hs_slice *rest, char *id, size_t size)
{
    hs_slice text = hs_slice_take(rest, '"');
    return hs_id_is_any(text) && hs_slice_copy(text, id, size);
}

static bool take_user(hs_slice *rest, hs_envelope *envelope)
{
    hs_slice *name = &envelope->list;
    if (!take_text(rest, before_user))
        return true;
    return take(rest, SESSION_HANDLE_LENGTH, name) &&
           hs_slice_copy(*name, envelope->user, sizeof envelope->user) &&
           hs_id_is_handle(envelope->user) && take_text(rest, before_login) &&
           take_time(rest, &envelope->login);
}

/* What version 3 says besides. */
static bool take_outline(hs_slice *rest, hs_envelope *envelope)
{
    if (!take_user(rest, envelope))
        return false;
    if (take_text(rest, before_from) &&
        !take_id(rest, envelope->from, sizeof envelope->from))
        return false;
    return !take_text(rest, before_next) ||
           take_id(rest, envelope->next, sizeof envelope->next);
}

static bool take_head(hs_slice *rest, hs_envelope *envelope)
{
    envelope->is_former = take_text(rest, former_start);
    if (!envelope->is_former && !take_text(rest, before_key))
        return false;
    if (!take_name(rest, envelope->key))
        return false;
    if (envelope->is_former)
        return take_text(rest, "\"") && take_text(rest, before_deadline) &&
               take_time(rest, &envelope->absolute_expires_at);
    return take_text(rest, before_created) && take_time(rest, &envelope->created) &&
           take_text(rest, before_deadline) &&
           take_time(rest, &envelope->absolute_expires_at) &&
           take_outline(rest, envelope);
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
    *envelope = (hs_envelope){0};
    if (!take_head(&rest, envelope))
        return false;
    envelope->head = (hs_slice){text.start, text.length - rest.length};
    if (!take_text(&rest, before_nonce) || !take_nonce(&rest, envelope->nonce) ||
        !take_text(&rest, before_box) || rest.length < behind_box)
        return false;
    return take(&rest, rest.length - behind_box, &envelope->box) && take_text(&rest, end);
}

/* ---- Writing ---- */

static void append_id(hs_buffer *out, const char *before, const char *id)
{
    if (id[0] == '\0')
        return;
    hs_buffer_append_text(out, before);
    hs_buffer_append_text(out, id);
    hs_buffer_append_text(out, "\"");
}

void hs_envelope_append_head(hs_buffer *out, const hs_envelope *envelope)
{
    hs_buffer_append_text(out, before_key);
    hs_buffer_append_text(out, envelope->key);
    hs_buffer_append_text(out, before_created);
    hs_buffer_append_int(out, envelope->created);
    hs_buffer_append_text(out, before_deadline);
    hs_buffer_append_int(out, envelope->absolute_expires_at);
    if (envelope->user[0] != '\0') {
        hs_buffer_append_text(out, before_user);
        hs_buffer_append_text(out, envelope->user);
        hs_buffer_append_text(out, before_login);
        hs_buffer_append_int(out, envelope->login);
    }
    append_id(out, before_from, envelope->from);
    append_id(out, before_next, envelope->next);
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
