#include "base/memory.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hisession/session.h"

void *hs_memory_new(size_t size)
{
    return calloc(1, size);
}

void *hs_memory_grow(void *block, size_t old_size, size_t new_size)
{
    /* Not realloc(), because it would free the old bytes without wiping them. */
    void *grown = malloc(new_size);
    if (grown == NULL)
        return NULL;
    if (old_size != 0)
        memcpy(grown, block, old_size);
    hs_memory_free(block, old_size);
    return grown;
}

void hs_memory_free(void *block, size_t size)
{
    if (block == NULL)
        return;
    sodium_memzero(block, size);
    free(block);
}

char *hs_memory_copy_text(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

int hs_memory_take_text(const char *bytes, size_t length, char **out)
{
    if (length > PTRDIFF_MAX || memchr(bytes, '\0', length) != NULL)
        return SESSION_INVALID;
    char *copy = hs_memory_copy_text(bytes, length);
    if (copy == NULL)
        return SESSION_NO_MEMORY;
    *out = copy;
    return SESSION_OK;
}

void hs_memory_free_text(char *text)
{
    if (text != NULL)
        hs_memory_free(text, strlen(text));
}

void hs_memory_wipe(void *block, size_t size)
{
    sodium_memzero(block, size);
}
