#include "base/text.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)

/* ---- Parts ---- */

hs_slice hs_slice_of(const char *text)
{
    return (hs_slice){text, strlen(text)};
}

bool hs_slice_equals(hs_slice slice, const char *text)
{
    size_t length = strlen(text);
    if (slice.length != length)
        return false;
    return length == 0 || memcmp(slice.start, text, length) == 0;
}

size_t hs_slice_find(hs_slice slice, char c)
{
    const char *found = slice.length > 0 ? memchr(slice.start, c, slice.length) : NULL;
    return found != NULL ? (size_t)(found - slice.start) : slice.length;
}

hs_slice hs_slice_head(hs_slice slice, size_t count)
{
    return (hs_slice){slice.start, count};
}

hs_slice hs_slice_tail(hs_slice slice, size_t count)
{
    return (hs_slice){slice.start + count, slice.length - count};
}

hs_slice hs_slice_take(hs_slice *rest, char separator)
{
    size_t length = hs_slice_find(*rest, separator);
    hs_slice part = hs_slice_head(*rest, length);
    *rest = hs_slice_tail(*rest, length < rest->length ? length + 1 : length);
    return part;
}

bool hs_slice_copy(hs_slice slice, char *out, size_t size)
{
    if (slice.length >= size)
        return false;
    if (slice.length > 0) /* an empty part need not have a start */
        memcpy(out, slice.start, slice.length);
    out[slice.length] = '\0';
    return true;
}

/* ---- UTF-8 ---- */

size_t hs_text_utf8_length(const char *at, const char *end)
{
    const unsigned char *c = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    if (c[0] < 0x80)
        return 1;
    if (c[0] >= 0xC2 && c[0] <= 0xDF)
        return left >= 2 && (c[1] & 0xC0) == 0x80 ? 2 : 0;
    if (c[0] >= 0xE0 && c[0] <= 0xEF) {
        unsigned char low = c[0] == 0xE0 ? 0xA0 : 0x80;
        unsigned char high = c[0] == 0xED ? 0x9F : 0xBF; /* no surrogates */
        return left >= 3 && c[1] >= low && c[1] <= high && (c[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (c[0] >= 0xF0 && c[0] <= 0xF4) {
        unsigned char low = c[0] == 0xF0 ? 0x90 : 0x80;
        unsigned char high = c[0] == 0xF4 ? 0x8F : 0xBF;
        return left >= 4 && c[1] >= low && c[1] <= high && (c[2] & 0xC0) == 0x80 &&
                       (c[3] & 0xC0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

/* Whether a character of UTF-8 is one of ASCII's, or of U+0080 to U+009F. */
static bool is_control(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;
    return c[0] < ' ' || c[0] == 0x7f || (c[0] == 0xC2 && c[1] < 0xA0);
}

void hs_text_copy_line(const char *text, char *out, size_t size)
{
    const char *end = text + strlen(text);
    size_t length = 0;
    while (text < end) {
        size_t step = hs_text_utf8_length(text, end);
        bool is_text = step > 0 && !is_control(text);
        const hs_slice part = is_text ? (hs_slice){text, step} : hs_slice_of(" ");
        if (length + part.length >= size)
            break;
        memcpy(out + length, part.start, part.length);
        length += part.length;
        text += step > 0 ? step : 1;
    }
    out[length] = '\0';
}

/* ---- Escapes ---- */

int hs_text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads the two digits of an escape; false if they are none, or a NUL. */
static bool read_escape(hs_slice digits, char *out)
{
    int high = digits.length >= 2 ? hs_text_hex_digit(digits.start[0]) : -1;
    int low = digits.length >= 2 ? hs_text_hex_digit(digits.start[1]) : -1;
    if (high < 0 || low < 0 || high + low == 0)
        return false;
    *out = (char)(high * 16 + low);
    return true;
}

bool hs_slice_decode(hs_slice slice, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < slice.length; i++) {
        char c = slice.start[i];
        if ((unsigned char)c <= ' ' || c == 0x7f || length + 1 >= size)
            return false;
        if (c == '%') {
            if (!read_escape(hs_slice_tail(slice, i + 1), &c))
                return false;
            i += 2;
        }
        out[length++] = c;
    }
    out[length] = '\0';
    return true;
}

/* ---- Lines for people ---- */

void hs_text_make_printable(char *text)
{
    for (char *at = text; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
}

const char *hs_text_of_errno(int error)
{
    locale_t english = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (english == (locale_t)0)
        return "an error of the system";
    /* Unlike strerror(), this is safe beside other threads. */
    const char *text = strerror_l(error, english);
    freelocale(english);
    return text;
}

/* ---- Numbers ---- */

static const struct {
    hs_units units;
    const char *name;
    int64_t factor;
} units_table[] = {
    {HS_UNITS_TIME, "ms", 1},
    {HS_UNITS_TIME, "s", SECOND},
    {HS_UNITS_TIME, "m", 60 * SECOND},
    {HS_UNITS_TIME, "h", 3600 * SECOND},
    {HS_UNITS_TIME, "d", DAY},
    {HS_UNITS_SIZE, "", 1},
    {HS_UNITS_SIZE, "k", 1024},
    {HS_UNITS_SIZE, "m", 1024 * 1024},
    {HS_UNITS_NONE, "", 1},
};

bool hs_text_read_number(const char *text, hs_units units, int64_t *out)
{
    const int64_t most = INT64_C(1) << 50;
    const char *at = text;
    int64_t value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
        if (value > most)
            return false;
    }
    for (size_t i = 0; at != text && i < sizeof units_table / sizeof units_table[0]; i++)
        if (units_table[i].units == units && strcmp(units_table[i].name, at) == 0) {
            int64_t factor = units_table[i].factor;
            *out = value <= most / factor ? value * factor : most;
            return true;
        }
    return false;
}

void hs_text_write_number(int64_t number, hs_units units, char out[HS_NUMBER_SIZE])
{
    int64_t factor = 1;
    const char *name = units == HS_UNITS_TIME ? "ms" : "";
    for (size_t i = 0; i < sizeof units_table / sizeof units_table[0]; i++)
        if (units_table[i].units == units && units_table[i].factor > factor &&
            number != 0 && number % units_table[i].factor == 0) {
            factor = units_table[i].factor;
            name = units_table[i].name;
        }
    snprintf(out, HS_NUMBER_SIZE, "%" PRId64 "%s", number / factor, name);
}
