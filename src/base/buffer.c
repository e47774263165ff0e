#include "base/buffer.h"

#include <string.h>

#include "base/invariant.h"
#include "base/memory.h"

enum { SMALLEST_CAPACITY = 256 };

void hs_buffer_borrow(hs_buffer *buffer, char *room, size_t size)
{
    *buffer = (hs_buffer){.data = room, .capacity = size, .borrowed = true};
}

static bool is_consistent(const hs_buffer *buffer)
{
    return buffer->length <= buffer->capacity &&
           (buffer->data != NULL || buffer->capacity == 0);
}

static char *move(const hs_buffer *buffer, size_t capacity)
{
    if (!buffer->borrowed)
        return hs_memory_grow(buffer->data, buffer->length, capacity);
    char *data = hs_memory_new(capacity);
    if (data != NULL)
        memcpy(data, buffer->data, buffer->length);
    return data;
}

void hs_buffer_reserve(hs_buffer *buffer, size_t more)
{
    HS_INVARIANT(is_consistent(buffer));
    if (buffer->failed || buffer->capacity - buffer->length >= more)
        return;
    size_t capacity = buffer->capacity * 2;
    if (capacity < SMALLEST_CAPACITY)
        capacity = SMALLEST_CAPACITY;
    if (capacity < buffer->length + more)
        capacity = buffer->length + more;
    char *data = move(buffer, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return;
    }
    if (buffer->borrowed)
        hs_memory_wipe(buffer->data, buffer->length);
    buffer->borrowed = false;
    buffer->data = data;
    buffer->capacity = capacity;
}

void hs_buffer_append(hs_buffer *buffer, const char *bytes, size_t length)
{
    hs_buffer_reserve(buffer, length);
    if (buffer->failed || length == 0)
        return;
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
}

void hs_buffer_append_text(hs_buffer *buffer, const char *text)
{
    hs_buffer_append(buffer, text, strlen(text));
}

void hs_buffer_append_int(hs_buffer *buffer, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        hs_buffer_append(buffer, "-", 1);
    hs_buffer_append(buffer, digits + at, sizeof digits - at);
}

void hs_buffer_free(hs_buffer *buffer)
{
    HS_INVARIANT(is_consistent(buffer));
    if (buffer->borrowed)
        hs_memory_wipe(buffer->data, buffer->length);
    else
        hs_memory_free(buffer->data, buffer->length);
    *buffer = (hs_buffer){0};
}
