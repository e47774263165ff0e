#include "base/text.h"

#include <string.h>

#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)

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

size_t hs_span_length(hs_span span)
{
    return (size_t)(span.end - span.start);
}

bool hs_span_equals(hs_span span, const char *text)
{
    size_t length = strlen(text);
    return hs_span_length(span) == length && memcmp(span.start, text, length) == 0;
}

const char *hs_span_find(hs_span span, char c)
{
    const char *found = memchr(span.start, c, hs_span_length(span));
    return found != NULL ? found : span.end;
}

hs_span hs_span_take(hs_span *rest, char separator)
{
    hs_span part = {rest->start, hs_span_find(*rest, separator)};
    rest->start = part.end < rest->end ? part.end + 1 : rest->end;
    return part;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)((found - digits) % 16) : -1;
}

bool hs_span_decode(hs_span span, char *out, size_t size)
{
    size_t length = 0;
    for (const char *at = span.start; at < span.end; at++) {
        char c = *at;
        if (c == '%') {
            int high = span.end - at > 2 ? hex_digit(at[1]) : -1;
            int low = span.end - at > 2 ? hex_digit(at[2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high * 16 + low);
            at += 2;
        } else if ((unsigned char)c <= ' ' || c == 0x7f) {
            return false;
        }
        if (length + 1 >= size)
            return false;
        out[length++] = c;
    }
    out[length] = '\0';
    return true;
}

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
