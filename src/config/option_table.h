/*
 * One engine for the options of stores and of cookies: a table of rows drives
 * parsing, checking, defaults and help.
 */
#ifndef HISESSION_CONFIG_OPTION_TABLE_H
#define HISESSION_CONFIG_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/reason.h"
#include "base/text.h"

typedef struct hs_option hs_option;

/* Sets an option of `owner`. OK, INVALID with the reason, NO_MEMORY, CRYPTO. */
typedef int hs_option_read(const hs_option *option, void *owner, const char *value,
                           const hs_reason *reason);

struct hs_option {
    const char *name;
    hs_option_read *read;
    size_t offset;          /* in the owner: of an int64_t, or of characters */
    const char *initial;    /* the default, as a value; NULL for none of its own */
    int64_t least;          /* bounds of a number */
    int64_t most;           /* for a text, the most characters */
    const char *choices[3]; /* what stands for 0, 1 and 2 */
    bool (*allows)(const char *value); /* what a text may be; NULL for anything */
    const char *takes;                 /* the form of a text, for messages */
    const char *help;                  /* what the option means, in one line */
};

typedef struct {
    const hs_option *rows;
    size_t count;
} hs_option_table;

/* ---- Kinds of options, for a row's `read` ---- */

hs_option_read hs_option_read_duration; /* in milliseconds */
hs_option_read hs_option_read_size;     /* in bytes */
hs_option_read hs_option_read_count;
hs_option_read hs_option_read_choice;
hs_option_read hs_option_read_text;

/* Where an option's value lies in its owner. */
void *hs_option_place(const hs_option *option, void *owner);

/* ---- Tables ---- */

/* NULL if there is no option of this name. */
const hs_option *hs_option_find(const hs_option_table *table, const char *name);

/* Gives every option its default; the owner is zeroed before. */
void hs_option_set_defaults(const hs_option_table *table, void *owner);

/* Says that there is no option of this name, and which one may be meant. INVALID. */
HS_MUST_USE int hs_option_refuse_name(const hs_option_table *table, const char *name,
                                      const hs_reason *reason);

#endif
