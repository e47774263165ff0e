/* Reading text that people or strangers wrote: parts, %XX escapes, numbers. */
#ifndef HISESSION_BASE_TEXT_H
#define HISESSION_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* A part of someone else's text. */
typedef struct {
    const char *start;
    size_t length;
} hs_slice;

/* All of a text. */
hs_slice hs_slice_of(const char *text);

bool hs_slice_equals(hs_slice slice, const char *text);

/* How many bytes stand before the first `c`; its length if there is none. */
size_t hs_slice_find(hs_slice slice, char c);

/* The first `count` bytes, and what follows them. */
hs_slice hs_slice_head(hs_slice slice, size_t count);
hs_slice hs_slice_tail(hs_slice slice, size_t count);

/* Takes off what stands before the next separator, and the separator. */
hs_slice hs_slice_take(hs_slice *rest, char separator);

/* Copies a part, with a NUL after it. False if it does not fit. */
HS_MUST_USE bool hs_slice_copy(hs_slice slice, char *out, size_t size);

/*
 * Copies a part and reads its %XX, with a NUL after it. False if it is
 * malformed, holds a space, a control character or %00, or does not fit.
 */
HS_MUST_USE bool hs_slice_decode(hs_slice slice, char *out, size_t size);

/* The length of the UTF-8 character at `at`, before `end`; 0 if it is not one. */
size_t hs_text_utf8_length(const char *at, const char *end);

/*
 * Copies as many whole characters of a text as fit with a NUL, with a space in the
 * place of each control character and of each byte that is no UTF-8.
 */
void hs_text_copy_line(const char *text, char *out, size_t size);

/* The value of a hexadecimal digit, or -1. */
int hs_text_hex_digit(char c);

/* Puts "?" in the place of all that is not printable ASCII, so that a text is one line.
 */
void hs_text_make_printable(char *text);

/* What an errno means, in English whatever the locale; valid until the next call here. */
const char *hs_text_of_errno(int error);

typedef enum { HS_UNITS_TIME, HS_UNITS_SIZE, HS_UNITS_NONE } hs_units;

/*
 * Plain digits and a unit, to milliseconds or bytes. False for anything else or
 * far too much.
 */
HS_MUST_USE bool hs_text_read_number(const char *text, hs_units units, int64_t *out);

enum { HS_NUMBER_SIZE = 24 };

/* The shortest text that reads back as this number, such as "3650d". */
void hs_text_write_number(int64_t number, hs_units units, char out[HS_NUMBER_SIZE]);

#endif
