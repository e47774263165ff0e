#include "config/option_table.h"

#include <string.h>

#include "hisession/session.h"

enum { LONGEST_NAME = 32 };

void *hs_option_place(const hs_option *option, void *owner)
{
    return (char *)owner + option->offset;
}

/* ---- Numbers ---- */

static int read_number(const hs_option *option, void *owner, const char *value,
                       hs_units units, const char *form, const hs_reason *reason)
{
    int64_t number = 0;
    char least[HS_NUMBER_SIZE], most[HS_NUMBER_SIZE];
    if (!hs_text_read_number(value, units, &number))
        return hs_refuse(reason, SESSION_INVALID, "%s takes %s", option->name, form);
    if (number < option->least || number > option->most) {
        hs_text_write_number(option->least, units, least);
        hs_text_write_number(option->most, units, most);
        return hs_refuse(reason, SESSION_INVALID, "%s must lie between %s and %s",
                         option->name, least, most);
    }
    *(int64_t *)hs_option_place(option, owner) = number;
    return SESSION_OK;
}

int hs_option_read_duration(const hs_option *option, void *owner, const char *value,
                            const hs_reason *reason)
{
    return read_number(option, owner, value, HS_UNITS_TIME,
                       "a whole number and one of ms, s, m, h, d", reason);
}

int hs_option_read_size(const hs_option *option, void *owner, const char *value,
                        const hs_reason *reason)
{
    return read_number(option, owner, value, HS_UNITS_SIZE,
                       "a whole number of bytes, or with k or m", reason);
}

int hs_option_read_count(const hs_option *option, void *owner, const char *value,
                         const hs_reason *reason)
{
    return read_number(option, owner, value, HS_UNITS_NONE, "a whole number", reason);
}

/* ---- Choices and texts ---- */

enum { MOST_CHOICES = sizeof((hs_option *)0)->choices / sizeof(char *) };

static int refuse_choice(const hs_option *option, const hs_reason *reason)
{
    const char *const *choices = option->choices;
    if (choices[2] != NULL)
        return hs_refuse(reason, SESSION_INVALID, "%s is one of %s, %s and %s",
                         option->name, choices[0], choices[1], choices[2]);
    return hs_refuse(reason, SESSION_INVALID, "%s is either %s or %s", option->name,
                     choices[0], choices[1]);
}

int hs_option_read_choice(const hs_option *option, void *owner, const char *value,
                          const hs_reason *reason)
{
    for (int i = 0; i < MOST_CHOICES && option->choices[i] != NULL; i++)
        if (strcmp(value, option->choices[i]) == 0) {
            *(int64_t *)hs_option_place(option, owner) = i;
            return SESSION_OK;
        }
    return refuse_choice(option, reason);
}

int hs_option_read_text(const hs_option *option, void *owner, const char *value,
                        const hs_reason *reason)
{
    size_t length = strnlen(value, (size_t)option->most + 1);
    if (length > (size_t)option->most ||
        (option->allows != NULL && !option->allows(value)))
        return hs_refuse(reason, SESSION_INVALID, "%s takes %s", option->name,
                         option->takes);
    memcpy(hs_option_place(option, owner), value, length + 1);
    return SESSION_OK;
}

/* ---- Tables ---- */

const hs_option *hs_option_find(const hs_option_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

void hs_option_set_defaults(const hs_option_table *table, void *owner)
{
    const hs_reason nowhere = {0};
    for (size_t i = 0; i < table->count; i++) {
        const hs_option *option = &table->rows[i];
        if (option->initial != NULL)
            (void)option->read(option, owner, option->initial, &nowhere);
    }
}

/* ---- Names that do not exist ---- */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* How many characters have to be put in, left out or changed to make `b` of `a`. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST_NAME + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a[i] != b[j - 1]);
            row[j] = least_of(above + 1, row[j - 1] + 1, change);
            diagonal = above;
        }
    }
    return row[width];
}

static const hs_option *find_similar(const hs_option_table *table, const char *name)
{
    const size_t most = 2;
    for (size_t distance = 1; distance <= most; distance++)
        for (size_t i = 0; i < table->count; i++)
            if (edit_distance(name, table->rows[i].name) == distance)
                return &table->rows[i];
    return NULL;
}

/* Whether a text looks like an option's name, and not like a key or a password. */
static bool is_name(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return length > 0 && length <= LONGEST_NAME && text[length] == '\0';
}

int hs_option_refuse_name(const hs_option_table *table, const char *name,
                          const hs_reason *reason)
{
    if (!is_name(name))
        return hs_refuse(reason, SESSION_INVALID,
                         "an option's name has small letters and _ only");
    const hs_option *similar = find_similar(table, name);
    if (similar != NULL)
        return hs_refuse(reason, SESSION_INVALID,
                         "there is no option \"%s\", did you mean %s?", name,
                         similar->name);
    return hs_refuse(reason, SESSION_INVALID, "there is no option \"%s\"", name);
}
