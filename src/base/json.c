#include "base/json.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "hisession/session.h"

enum { NAMES_AT_HAND = 64 };

typedef struct {
    hs_slice text;
    uint32_t hash;
} seen_name;

typedef struct {
    const char *at;
    const char *end;
    int depth;
    /* The names of the object being read, above those of the ones around it. */
    seen_name *names;
    size_t name_count;
    size_t name_capacity;
    seen_name names_at_hand[NAMES_AT_HAND];
} scanner;

static int scan_value(scanner *s);

/* ---- Characters ---- */

static bool next_is(const scanner *s, char c)
{
    return s->at < s->end && *s->at == c;
}

static bool skip(scanner *s, char c)
{
    if (!next_is(s, c))
        return false;
    s->at++;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(scanner *s)
{
    while (s->at < s->end && *s->at <= ' ' && is_space(*s->at))
        s->at++;
}

/* The value of four hexadecimal digits, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hs_text_hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* ---- Strings ---- */

static bool is_high_surrogate(int32_t code)
{
    return code >= 0xD800 && code <= 0xDBFF;
}

static bool is_low_surrogate(int32_t code)
{
    return code >= 0xDC00 && code <= 0xDFFF;
}

/* Scans what follows "\u". */
static bool scan_unicode_escape(scanner *s)
{
    int32_t code = hex4(s->at, s->end);
    if (code <= 0 || is_low_surrogate(code))
        return false;
    s->at += 4;
    if (!is_high_surrogate(code))
        return true;
    if (!skip(s, '\\') || !skip(s, 'u') || !is_low_surrogate(hex4(s->at, s->end)))
        return false;
    s->at += 4;
    return true;
}

/* Scans what follows the backslash. */
static bool scan_escape(scanner *s)
{
    if (s->at == s->end)
        return false;
    char c = *s->at++;
    if (c == 'u')
        return scan_unicode_escape(s);
    return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
}

/* Neither a control character, nor a quote, a backslash or a part of UTF-8. */
static bool is_plain(char c)
{
    return (unsigned char)(c - 0x20) < 0x60 && c != '"' && c != '\\';
}

/* A string; `inside` gets what stands between its quotes. */
static bool scan_string(scanner *s, hs_slice *inside)
{
    if (!skip(s, '"'))
        return false;
    inside->start = s->at;
    for (;;) {
        const char *at = s->at, *end = s->end;
        while (at < end && is_plain(*at))
            at++;
        s->at = at;
        if (s->at == s->end || *s->at == '"')
            break;
        if ((unsigned char)*s->at < 0x20)
            return false;
        if (skip(s, '\\')) {
            if (!scan_escape(s))
                return false;
            continue;
        }
        size_t length = hs_text_utf8_length(s->at, s->end);
        if (length == 0)
            return false;
        s->at += length;
    }
    inside->length = (size_t)(s->at - inside->start);
    return skip(s, '"');
}

/* ---- Numbers ---- */

static bool is_digit(const scanner *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static size_t skip_digits(scanner *s)
{
    const char *start = s->at;
    while (is_digit(s))
        s->at++;
    return (size_t)(s->at - start);
}

/* The exponent after 'e', held within a range no document can balance. */
static int64_t scan_exponent(scanner *s)
{
    const int64_t most = INT32_MAX;
    int64_t value = 0;
    bool negative = next_is(s, '-');
    if (!skip(s, '-'))
        (void)skip(s, '+');
    for (; is_digit(s); s->at++)
        if (value < most)
            value = value * 10 + (*s->at - '0');
    return negative ? -value : value;
}

/*
 * Whether a well-formed number rounds to infinity: 0.d1d2d3... x 10^magnitude
 * is compared with the largest double, without a locale or rounding.
 */
static bool is_beyond_double(hs_slice number)
{
    static const char limit[] = "17976931348623158079";
    const int64_t limit_magnitude = 309;
    scanner s = {.at = number.start, .end = number.start + number.length};
    char digits[sizeof limit - 1];
    size_t count = 0;
    int64_t magnitude = 0;
    bool fraction = false;
    (void)skip(&s, '-');
    for (; s.at < s.end && *s.at != 'e' && *s.at != 'E'; s.at++) {
        bool leading_zero = *s.at == '0' && count == 0;
        if (*s.at == '.') {
            fraction = true;
            continue;
        }
        if (!leading_zero && count < sizeof digits)
            digits[count++] = *s.at;
        if (!fraction && !leading_zero)
            magnitude++;
        if (fraction && leading_zero)
            magnitude--;
    }
    if (count == 0)
        return false;
    if (s.at < s.end) {
        s.at++;
        magnitude += scan_exponent(&s);
    }
    if (magnitude != limit_magnitude)
        return magnitude > limit_magnitude;
    memset(digits + count, '0', sizeof digits - count);
    return memcmp(digits, limit, sizeof digits) >= 0;
}

static bool scan_number(scanner *s)
{
    const size_t always_fits = 300; /* digits, without an exponent */
    bool exponent = false;
    hs_slice number = {.start = s->at};
    (void)skip(s, '-');
    if (!skip(s, '0') && skip_digits(s) == 0)
        return false;
    if (skip(s, '.') && skip_digits(s) == 0)
        return false;
    if (skip(s, 'e') || skip(s, 'E')) {
        exponent = true;
        if (!skip(s, '-'))
            (void)skip(s, '+');
        if (skip_digits(s) == 0)
            return false;
    }
    number.length = (size_t)(s->at - number.start);
    return (!exponent && number.length < always_fits) || !is_beyond_double(number);
}

/* ---- Names ---- */

/* Writes one code point as UTF-8 and gives its length. */
static size_t put_utf8(int32_t code, unsigned char out[4])
{
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (unsigned char)(0xC0 | code >> 6);
        out[1] = (unsigned char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (unsigned char)(0xE0 | code >> 12);
        out[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (unsigned char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (unsigned char)(0xF0 | code >> 18);
    out[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (unsigned char)(0x80 | (code & 0x3F));
    return 4;
}

/* Reads a code point after "\u" of a valid string. */
static int32_t take_unicode_escape(hs_slice *text)
{
    const char *end = text->start + text->length;
    int32_t code = hex4(text->start, end);
    size_t used = 4;
    if (is_high_surrogate(code)) {
        int32_t low = hex4(text->start + 6, end);
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        used = 10;
    }
    text->start += used;
    text->length -= used;
    return code;
}

/* Takes the next byte or escape off a valid string, as UTF-8. */
static size_t take_decoded(hs_slice *text, unsigned char out[4])
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    out[0] = (unsigned char)*text->start++;
    text->length--;
    if (out[0] != '\\')
        return 1;
    char c = *text->start++;
    text->length--;
    if (c == 'u')
        return put_utf8(take_unicode_escape(text), out);
    out[0] = (unsigned char)meanings[strchr(escapes, c) - escapes];
    return 1;
}

static bool has_escape(hs_slice text)
{
    return memchr(text.start, '\\', text.length) != NULL;
}

/* FNV-1a: only to tell names apart quickly; equal hashes are compared. */
static uint32_t name_hash(hs_slice name)
{
    const uint32_t prime = 16777619u;
    uint32_t hash = 2166136261u;
    unsigned char bytes[4];
    if (!has_escape(name)) {
        for (size_t i = 0; i < name.length; i++)
            hash = (hash ^ (unsigned char)name.start[i]) * prime;
        return hash;
    }
    while (name.length > 0) {
        size_t length = take_decoded(&name, bytes);
        for (size_t i = 0; i < length; i++)
            hash = (hash ^ bytes[i]) * prime;
    }
    return hash;
}

bool hs_json_names_equal(hs_slice a, hs_slice b)
{
    if (!has_escape(a) && !has_escape(b))
        return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
    unsigned char x[4] = {0}, y[4] = {0};
    size_t i = 0, j = 0, m = 0, n = 0;
    for (;;) {
        if (i == m) {
            i = 0;
            m = a.length > 0 ? take_decoded(&a, x) : 0;
        }
        if (j == n) {
            j = 0;
            n = b.length > 0 ? take_decoded(&b, y) : 0;
        }
        if (m == 0 || n == 0)
            return m == n;
        if (x[i++] != y[j++])
            return false;
    }
}

bool hs_json_name_is(hs_slice name, const char *text)
{
    size_t length = strlen(text);
    if (name.length == length) /* escapes are longer than what they stand for */
        return memcmp(name.start, text, length) == 0 && !has_escape(name);
    if (name.length < length || !has_escape(name))
        return false;
    while (name.length > 0) {
        unsigned char bytes[4];
        size_t part = take_decoded(&name, bytes);
        if (part > length || memcmp(bytes, text, part) != 0)
            return false;
        text += part;
        length -= part;
    }
    return length == 0;
}

size_t hs_json_name_length(hs_slice name)
{
    unsigned char bytes[4];
    size_t length = 0;
    if (!has_escape(name))
        return name.length;
    while (name.length > 0)
        length += take_decoded(&name, bytes);
    return length;
}

static int grow_names(scanner *s)
{
    size_t capacity = s->name_capacity * 2;
    bool at_hand = s->names == s->names_at_hand;
    seen_name *names = at_hand ? hs_memory_new(capacity * sizeof *names)
                               : hs_memory_grow(s->names, s->name_count * sizeof *names,
                                                capacity * sizeof *names);
    if (names == NULL)
        return SESSION_NO_MEMORY;
    if (at_hand)
        memcpy(names, s->names_at_hand, sizeof s->names_at_hand);
    s->names = names;
    s->name_capacity = capacity;
    return SESSION_OK;
}

/* Notes a name of the object whose names start at `first`; INVALID if it repeats. */
static int note_name(scanner *s, size_t first, hs_slice name)
{
    uint32_t hash = name_hash(name);
    size_t most = HS_JSON_MEMBERS + (s->depth == 1 ? 1 : 0); /* the metadata */
    if (s->name_count - first >= most)
        return SESSION_INVALID;
    for (size_t i = first; i < s->name_count; i++)
        if (s->names[i].hash == hash && hs_json_names_equal(s->names[i].text, name))
            return SESSION_INVALID;
    if (s->name_count == s->name_capacity && grow_names(s) != SESSION_OK)
        return SESSION_NO_MEMORY;
    s->names[s->name_count++] = (seen_name){name, hash};
    return SESSION_OK;
}

/* ---- Values ---- */

/* NOLINTBEGIN(misc-no-recursion): scan_container() bounds the depth. */

static int scan_member(scanner *s, size_t first, hs_json_on_member *on_member, void *user)
{
    hs_slice name, value;
    skip_space(s);
    if (!scan_string(s, &name))
        return SESSION_INVALID;
    int rc = note_name(s, first, name);
    if (rc != SESSION_OK)
        return rc;
    skip_space(s);
    if (!skip(s, ':'))
        return SESSION_INVALID;
    skip_space(s);
    value.start = s->at;
    rc = scan_value(s);
    if (rc != SESSION_OK)
        return rc;
    value.length = (size_t)(s->at - value.start);
    skip_space(s);
    return on_member != NULL ? on_member(user, name, value) : SESSION_OK;
}

/* Scans what follows the opening brace. */
static int scan_members(scanner *s, hs_json_on_member *on_member, void *user)
{
    size_t first = s->name_count;
    skip_space(s);
    if (skip(s, '}'))
        return SESSION_OK;
    do {
        int rc = scan_member(s, first, on_member, user);
        if (rc != SESSION_OK)
            return rc;
    } while (skip(s, ','));
    s->name_count = first;
    return skip(s, '}') ? SESSION_OK : SESSION_INVALID;
}

/* Scans what follows the opening bracket. */
static int scan_elements(scanner *s)
{
    skip_space(s);
    if (skip(s, ']'))
        return SESSION_OK;
    do {
        skip_space(s);
        int rc = scan_value(s);
        if (rc != SESSION_OK)
            return rc;
        skip_space(s);
    } while (skip(s, ','));
    return skip(s, ']') ? SESSION_OK : SESSION_INVALID;
}

static int scan_container(scanner *s, hs_json_on_member *on_member, void *user)
{
    if (s->depth == HS_JSON_DEPTH)
        return SESSION_INVALID;
    s->depth++;
    int rc = *s->at++ == '{' ? scan_members(s, on_member, user) : scan_elements(s);
    s->depth--;
    return rc;
}

static bool scan_word(scanner *s, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return false;
    s->at += length;
    return true;
}

static int scan_value(scanner *s)
{
    hs_slice ignored;
    bool ok = false;
    switch (s->at < s->end ? *s->at : '\0') {
    case '{':
    case '[':
        return scan_container(s, NULL, NULL);
    case '"':
        ok = scan_string(s, &ignored);
        break;
    case 't':
        ok = scan_word(s, "true");
        break;
    case 'f':
        ok = scan_word(s, "false");
        break;
    case 'n':
        ok = scan_word(s, "null");
        break;
    default:
        ok = scan_number(s);
        break;
    }
    return ok ? SESSION_OK : SESSION_INVALID;
}

/* NOLINTEND(misc-no-recursion) */

bool hs_json_to_int(hs_slice number, int64_t *out)
{
    scanner s = {.at = number.start, .end = number.start + number.length};
    bool negative = skip(&s, '-');
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;
    for (; is_digit(&s); s.at++) {
        uint64_t digit = (uint64_t)(*s.at - '0');
        if (value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (s.at != s.end || number.length == 0 || (negative && value == 0))
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* ---- Texts ---- */

static void scanner_init(scanner *s, hs_slice text, int depth)
{
    s->at = text.start;
    s->end = text.start + text.length;
    s->depth = depth;
    s->names = s->names_at_hand;
    s->name_count = 0;
    s->name_capacity = NAMES_AT_HAND;
}

static int scanner_end(scanner *s, int rc)
{
    skip_space(s);
    if (s->names != s->names_at_hand)
        hs_memory_free(s->names, s->name_capacity * sizeof *s->names);
    return rc == SESSION_OK && s->at != s->end ? SESSION_INVALID : rc;
}

int hs_json_scan_object(hs_slice text, hs_json_on_member *on_member, void *user)
{
    scanner s;
    scanner_init(&s, text, 0);
    skip_space(&s);
    int rc = next_is(&s, '{') ? scan_container(&s, on_member, user) : SESSION_INVALID;
    return scanner_end(&s, rc);
}

int hs_json_check_value(hs_slice text)
{
    scanner s;
    scanner_init(&s, text, 1);
    skip_space(&s);
    return scanner_end(&s, scan_value(&s));
}
