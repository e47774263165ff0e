/* Reading text that people or strangers wrote: parts, %XX escapes, numbers. */
#ifndef HISESSION_BASE_TEXT_H
#define HISESSION_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a text. */
typedef struct {
    const char *start;
    const char *end;
} hs_span;

size_t hs_span_length(hs_span span);

bool hs_span_equals(hs_span span, const char *text);

/* The first `c` within, or its end. */
const char *hs_span_find(hs_span span, char c);

/* Takes off what stands before the next separator, and the separator. */
hs_span hs_span_take(hs_span *rest, char separator);

/*
 * Copies a part and reads its %XX, with a NUL behind it. False if it is
 * malformed, holds a space, a control character or %00, or does not fit.
 */
bool hs_span_decode(hs_span span, char *out, size_t size);

typedef enum { HS_UNITS_TIME, HS_UNITS_SIZE, HS_UNITS_NONE } hs_units;

/*
 * Plain digits and a unit, to milliseconds or bytes. False for anything else or
 * far too much.
 */
bool hs_text_read_number(const char *text, hs_units units, int64_t *out);

#endif
