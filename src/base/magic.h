/*
 * A word at the start of each object that the API hands out, so that one that was
 * freed, or is of another type, is noticed as far as memory allows: a call refuses
 * it, and a second free aborts before it can corrupt the heap.
 */
#ifndef HISESSION_BASE_MAGIC_H
#define HISESSION_BASE_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arbitrary numbers, one for each type. */
enum {
    HS_MAGIC_OPTIONS = 0x4d3a91c7,
    HS_MAGIC_STORE = 0x5be2076d,
    HS_MAGIC_SESSION = 0x61c85e2b,
    HS_MAGIC_LIST = 0x72f4b819,
    HS_MAGIC_EVENTS = 0x3c9d60e5
};

/* Whether this is an object, which begins with its word, of the type; false for NULL. */
static inline bool hs_magic_is(const void *object, uint32_t type)
{
    return object != NULL && *(const uint32_t *)object == type;
}

/* Takes the word away before its object is freed. Aborts if it is not there. */
void hs_magic_end(uint32_t *magic, uint32_t type);

#endif
