#include "record/record.h"

#include <string.h>

#include "base/json_values.h"
#include "base/memory.h"
#include "hisession/session.h"

static const int64_t last_ms = 253402300799999; /* the end of the year 9999 */

const char hs_record_tombstone[] = "{\"_\":{\"v\":2,\"created\":0,\"deadline\":0,"
                                   "\"nonces\":\"AAAAAAAA\",\"check\":\"\"}}";

void hs_record_free(hs_record *record)
{
    hs_fields_free(&record->fields);
    if (record->text != record->raw)
        hs_memory_free(record->text, record->text_length);
    hs_memory_free(record->raw, record->raw_length);
    *record = (hs_record){0};
}

/* ---- Reading ---- */

/* Which members of the metadata were there. */
enum {
    HAS_VERSION = 1,
    HAS_CREATED = 2,
    HAS_DEADLINE = 4,
    HAS_CHECK = 8,
    HAS_REQUIRED = 15
};

typedef struct {
    hs_record *record;
    unsigned seen;
} metadata_reader;

static bool read_time(hs_slice value, int64_t *out)
{
    return hs_json_to_int(value, out) && *out >= 0 && *out <= last_ms;
}

static bool is_string(hs_slice value)
{
    return value.length >= 2 && value.start[0] == '"';
}

static hs_slice between_quotes(hs_slice string)
{
    return (hs_slice){string.start + 1, string.length - 2};
}

/* Copies a string of exactly `length` characters without escapes; adds no NUL. */
static bool read_token(hs_slice value, char *out, size_t length)
{
    if (!is_string(value) || value.length != length + 2)
        return false;
    memcpy(out, value.start + 1, length);
    return memchr(out, '\\', length) == NULL;
}

static bool read_id(hs_slice value, char id[HS_ID_SIZE])
{
    return is_string(value) && hs_id_is_any(between_quotes(value)) &&
           hs_slice_copy(between_quotes(value), id, HS_ID_SIZE);
}

static bool read_version(hs_slice value, hs_record *record)
{
    record->is_former = value.start[0] == '1';
    return value.length == 1 && (record->is_former || value.start[0] == '2');
}

static bool read_nonces(hs_slice value, hs_nonces *nonces)
{
    return is_string(value) && hs_nonces_read(between_quotes(value), nonces);
}

static bool read_user(hs_slice value, hs_slice *user)
{
    if (!is_string(value) || value.length == 2)
        return false;
    *user = between_quotes(value);
    return true;
}

/* Version 1: a longer nonce, of which the start will do, and when a list was told. */
static bool read_former_member(hs_record *record, hs_slice name, hs_slice value)
{
    int64_t seen;
    char nonce[16];
    if (hs_json_name_is(name, "seen"))
        return read_time(value, &seen);
    if (!hs_json_name_is(name, "nonce") || !read_token(value, nonce, sizeof nonce))
        return false;
    hs_nonces_add(&record->nonces, nonce);
    return true;
}

static bool read_metadata_member(metadata_reader *reader, hs_slice name, hs_slice value)
{
    hs_record *record = reader->record;
    if (hs_json_name_is(name, "v")) {
        reader->seen |= HAS_VERSION;
        return read_version(value, record);
    }
    if (hs_json_name_is(name, "created")) {
        reader->seen |= HAS_CREATED;
        return read_time(value, &record->created);
    }
    if (hs_json_name_is(name, "deadline")) {
        reader->seen |= HAS_DEADLINE;
        return read_time(value, &record->absolute_expires_at);
    }
    if (hs_json_name_is(name, "nonces"))
        return read_nonces(value, &record->nonces);
    if (hs_json_name_is(name, "check")) {
        reader->seen |= HAS_CHECK;
        return read_token(value, record->check, HS_CHECK_LENGTH);
    }
    if (hs_json_name_is(name, "user"))
        return read_user(value, &record->user);
    if (hs_json_name_is(name, "login"))
        return hs_json_to_int(value, &record->login) && record->login >= 0;
    if (hs_json_name_is(name, "from"))
        return read_id(value, record->from);
    if (hs_json_name_is(name, "next"))
        return read_id(value, record->next);
    return read_former_member(record, name, value);
}

static int on_metadata_member(void *user, hs_slice name, hs_slice value)
{
    return read_metadata_member(user, name, value) ? SESSION_OK : SESSION_INVALID;
}

static int read_metadata(hs_record *record, hs_slice value)
{
    metadata_reader reader = {.record = record};
    int rc = hs_json_scan_object(value, on_metadata_member, &reader);
    if (rc != SESSION_OK)
        return rc;
    bool complete =
        (reader.seen & HAS_REQUIRED) == HAS_REQUIRED && record->nonces.count > 0;
    record->has_metadata = true;
    if (record->is_former) /* what comes nearest */
        record->login = record->created * 1000;
    return complete && record->absolute_expires_at >= record->created ? SESSION_OK
                                                                      : SESSION_INVALID;
}

static int on_record_member(void *user, hs_slice name, hs_slice value)
{
    hs_record *record = user;
    if (hs_json_name_is(name, "_"))
        return read_metadata(record, value);
    return hs_fields_append(&record->fields, name, value);
}

int hs_record_decode(char *raw, size_t length, hs_record *record)
{
    *record = (hs_record){0};
    int rc = hs_json_scan_object((hs_slice){raw, length}, on_record_member, record);
    if (rc != SESSION_OK) {
        hs_fields_free(&record->fields);
        *record = (hs_record){0};
        return rc == SESSION_INVALID ? SESSION_CORRUPT : rc;
    }
    record->raw = record->text = raw;
    record->raw_length = record->text_length = length;
    return SESSION_OK;
}

static int on_outline_member(void *user, hs_slice name, hs_slice value)
{
    return hs_json_name_is(name, "_") ? read_metadata(user, value) : SESSION_OK;
}

int hs_record_decode_metadata(hs_slice text, hs_record *record)
{
    *record = (hs_record){0};
    int rc = hs_json_scan_object(text, on_outline_member, record);
    return rc == SESSION_INVALID ? SESSION_CORRUPT : rc;
}

static int on_caller_member(void *user, hs_slice name, hs_slice value)
{
    if (!hs_fields_may_be_set(name))
        return SESSION_INVALID;
    return hs_fields_append(user, name, value);
}

int hs_record_read_fields(const char *json, hs_fields *fields)
{
    *fields = (hs_fields){0};
    int rc =
        hs_json_scan_object((hs_slice){json, strlen(json)}, on_caller_member, fields);
    if (rc != SESSION_OK)
        hs_fields_free(fields);
    return rc;
}

/* ---- Asking ---- */

bool hs_record_belongs_to(const hs_record *record, const char *id)
{
    char check[HS_CHECK_LENGTH];
    if (!record->has_metadata)
        return true;
    hs_id_check(id, check);
    return memcmp(check, record->check, sizeof check) == 0;
}

bool hs_record_is_over(const hs_record *record, int64_t now)
{
    return record->has_metadata && now >= record->absolute_expires_at;
}

bool hs_record_is_retired(const hs_record *record)
{
    return record->next[0] != '\0';
}

int hs_record_copy_user(const hs_record *record, char **out)
{
    *out = NULL;
    if (record->user.length == 0)
        return SESSION_OK;
    const hs_slice quoted = {record->user.start - 1, record->user.length + 2};
    return hs_json_to_string(quoted, out);
}

void hs_record_drop_metadata(hs_record *record)
{
    *record = (hs_record){
        .raw = record->raw,
        .raw_length = record->raw_length,
        .text = record->text,
        .text_length = record->text_length,
        .fields = record->fields,
    };
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

static void append_metadata(hs_buffer *out, const hs_record *from, const char *id)
{
    char check[HS_CHECK_LENGTH];
    hs_id_check(id, check);
    hs_buffer_append_text(out, "{\"_\":{\"v\":2,\"created\":");
    hs_buffer_append_int(out, from->created);
    hs_buffer_append_text(out, ",\"deadline\":");
    hs_buffer_append_int(out, from->absolute_expires_at);
    if (from->user.length > 0) {
        hs_buffer_append_text(out, ",\"user\":\"");
        hs_buffer_append(out, from->user.start, from->user.length);
        hs_buffer_append_text(out, "\",\"login\":");
        hs_buffer_append_int(out, from->login);
    }
    append_id(out, ",\"from\":\"", from->from);
    hs_buffer_append_text(out, ",\"nonces\":\"");
    hs_nonces_append(&from->nonces, out);
    hs_buffer_append_text(out, "\",\"check\":\"");
    hs_buffer_append(out, check, sizeof check);
    hs_buffer_append_text(out, "\"");
    append_id(out, ",\"next\":\"", from->next);
    hs_buffer_append_text(out, "}");
}

int hs_record_rewrite(const hs_record *from, const char *id, size_t max_size,
                      hs_record *out)
{
    hs_buffer text = {0};
    /* Most metadata takes 150 to 300 bytes; most records fit without growing. */
    hs_buffer_reserve(&text, from->text_length + 320);
    append_metadata(&text, from, id);
    hs_fields_append_json(&from->fields, &text, true);
    hs_buffer_append_text(&text, "}");

    int rc = text.failed ? SESSION_NO_MEMORY : SESSION_OK;
    if (rc == SESSION_OK && text.length > max_size)
        rc = SESSION_TOO_BIG;
    if (rc == SESSION_OK)
        rc = hs_record_decode(text.data, text.length, out);
    if (rc != SESSION_OK)
        hs_buffer_free(&text);
    return rc;
}
