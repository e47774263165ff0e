/*
 * Memory that may hold secrets: every block knows its size, so that it is
 * wiped when it is freed or outgrown.
 */
#ifndef HISESSION_BASE_MEMORY_H
#define HISESSION_BASE_MEMORY_H

#include <stddef.h>

#include "base/attributes.h"

/* A new block of `size` bytes, zeroed; NULL if memory ran out. */
HS_MUST_USE void *hs_memory_new(size_t size);

/* Moves a block of `old_size` bytes to a larger one; NULL changes nothing. */
HS_MUST_USE void *hs_memory_grow(void *block, size_t old_size, size_t new_size);

/* Wipes and frees a block; NULL is fine. */
void hs_memory_free(void *block, size_t size);

/* A copy of `length` bytes with a NUL at its end, for hs_memory_free_text(). */
HS_MUST_USE char *hs_memory_copy_text(const char *text, size_t length);

/*
 * The same of bytes that are to be a text, so hold no NUL. OK, INVALID if they do or
 * there are more than memory can hold, NO_MEMORY.
 */
HS_MUST_USE int hs_memory_take_text(const char *bytes, size_t length, char **out);

/* Wipes and frees a NUL-terminated text; NULL is fine. */
void hs_memory_free_text(char *text);

/* Overwrites memory in a way that the compiler keeps. */
void hs_memory_wipe(void *block, size_t size);

#endif
