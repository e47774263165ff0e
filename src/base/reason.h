/* Why something was refused: one line for people, written where a caller wants it. */
#ifndef HISESSION_BASE_REASON_H
#define HISESSION_BASE_REASON_H

#include <stddef.h>

#include "base/attributes.h"

/* Where the line goes; nowhere if `text` is NULL or `size` 0. */
typedef struct {
    char *text;
    size_t size;
} hs_reason;

/*
 * Writes the line, cut to fit, with "?" for what is not printable ASCII so that
 * it stays one line. Returns `code`, so that callers can return it.
 */
HS_PRINTF(3, 4) int hs_refuse(const hs_reason *reason, int code, const char *format, ...);

#endif
