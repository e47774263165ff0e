/*
 * Bytes that grow. A failed append is remembered, so that a whole text can be
 * put together and checked once, at its end.
 */
#ifndef HISESSION_BASE_BUFFER_H
#define HISESSION_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
    bool borrowed; /* data is the caller's; the first growth moves off it */
} hs_buffer;

/* An empty buffer that starts out in the caller's memory. */
void hs_buffer_borrow(hs_buffer *buffer, char *room, size_t size);

/* Makes room for `more` bytes; a failure shows in ->failed. */
void hs_buffer_reserve(hs_buffer *buffer, size_t more);

void hs_buffer_append(hs_buffer *buffer, const char *bytes, size_t length);
void hs_buffer_append_text(hs_buffer *buffer, const char *text);
void hs_buffer_append_int(hs_buffer *buffer, int64_t value);

/* Wipes and frees the bytes; the buffer is empty and usable afterwards. */
void hs_buffer_free(hs_buffer *buffer);

#endif
