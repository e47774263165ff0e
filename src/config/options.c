#include "config/options.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum { FOLLOWS_OTHERS = -1 };

/* ---- The table ---- */

typedef enum { DURATION, SIZE, COUNT, CHOICE, TEXT, KEYS } option_kind;

typedef struct {
    const char *name;
    option_kind kind;
    size_t offset; /* in hs_settings: an int64_t, or the prefix; KEYS in the options */
    int64_t initial;
    int64_t least;
    int64_t most;
    const char *choices[2]; /* what stands for 0 and 1 */
} option;

#define AT(member) offsetof(hs_settings, member)
#define KEYS_AT(member) offsetof(session_options, member)

static const option options_table[] = {
    {"ttl", DURATION, AT(ttl), DAY, 1, 3650 * DAY, {0}},
    {"lifetime", DURATION, AT(lifetime), 30 * DAY, 1, 3650 * DAY, {0}},
    {"touch_interval", DURATION, AT(touch_interval), FOLLOWS_OTHERS, 0, 3650 * DAY, {0}},
    {"touch_on_get", CHOICE, AT(touch_on_get), 1, 0, 1, {"off", "on"}},
    {"regenerate_grace",
     DURATION,
     AT(regenerate_grace),
     FOLLOWS_OTHERS,
     0,
     10 * MINUTE,
     {0}},
    {"on_conflict", CHOICE, AT(on_conflict), HS_CONFLICT_MERGE, 0, 1, {"merge", "fail"}},
    {"max_size", SIZE, AT(max_size), 64 * 1024, 256, 16 * 1024 * 1024, {0}},
    {"compat", CHOICE, AT(compat), HS_COMPAT_NONE, 0, 1, {"none", "express"}},
    {"protection", CHOICE, AT(protection), HS_PROTECTION_NONE, 0, 1, {"none", "sealed"}},
    {"key", KEYS, KEYS_AT(key), 0, 1, 1, {0}},
    {"old_keys", KEYS, KEYS_AT(old_keys), 0, 1, HS_RING_OLD, {0}},
    {"prefix", TEXT, AT(prefix), 0, 0, HS_PREFIX_LENGTH, {0}},
    {"deadline", DURATION, AT(deadline), SECOND, 1, HOUR, {0}},
    {"connect_timeout", DURATION, AT(connect_timeout), 300, 1, HOUR, {0}},
    {"pool_size", COUNT, AT(pool_size), 16, 1, 1024, {0}},
    {"events", CHOICE, AT(events), 0, 0, 1, {"off", "on"}},
    {"user_limit", COUNT, AT(user_limit), 0, 0, 1000, {0}},
    {"user_limit_policy",
     CHOICE,
     AT(user_limit_policy),
     HS_LIMIT_EVICT,
     0,
     1,
     {"evict_oldest", "refuse"}},
};

enum { OPTION_COUNT = sizeof options_table / sizeof options_table[0] };

static const option *find_option(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strcmp(options_table[i].name, name) == 0)
            return &options_table[i];
    return NULL;
}

static int64_t *number_at(hs_settings *settings, const option *o)
{
    return (int64_t *)(void *)((char *)settings + o->offset);
}

void hs_options_init(session_options *options)
{
    *options = (session_options){0};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options_table[i].kind != TEXT && options_table[i].kind != KEYS)
            *number_at(&options->settings, &options_table[i]) = options_table[i].initial;
    memcpy(options->settings.prefix, "sess:", sizeof "sess:");
}

static int copy_ring(hs_ring **copy, const hs_ring *ring)
{
    const char *reason;
    return ring != NULL ? hs_ring_join(ring, NULL, copy, &reason) : SESSION_OK;
}

int hs_options_copy(session_options *options, const session_options *from)
{
    *options = *from;
    options->key = options->old_keys = options->ring = NULL;
    int rc = copy_ring(&options->key, from->key);
    return rc == SESSION_OK ? copy_ring(&options->old_keys, from->old_keys) : rc;
}

void hs_options_clear(session_options *options)
{
    hs_ring_free(options->key);
    hs_ring_free(options->old_keys);
    hs_ring_free(options->ring);
    hs_memory_wipe(options, sizeof *options);
}

/* ---- Reading values ---- */

static int refuse(session_options *options, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(options->error, sizeof options->error, format, arguments);
    va_end(arguments);
    return code;
}

static int set_number(session_options *options, const option *o, const char *value)
{
    static const struct {
        hs_units units;
        const char *name;
    } forms[] = {
        [DURATION] = {HS_UNITS_TIME, "a whole number and one of ms, s, m, h, d"},
        [SIZE] = {HS_UNITS_SIZE, "a whole number of bytes, or with k or m"},
        [COUNT] = {HS_UNITS_NONE, "a whole number"},
    };
    int64_t number = 0;
    if (!hs_text_read_number(value, forms[o->kind].units, &number))
        return refuse(options, SESSION_INVALID, "%s takes %s", o->name,
                      forms[o->kind].name);
    if (number < o->least || number > o->most)
        return refuse(options, SESSION_INVALID, "%s must lie between %lld and %lld%s",
                      o->name, (long long)o->least, (long long)o->most,
                      o->kind == DURATION ? " ms" : "");
    *number_at(&options->settings, o) = number;
    return SESSION_OK;
}

static int set_choice(session_options *options, const option *o, const char *value)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(value, o->choices[i]) == 0) {
            *number_at(&options->settings, o) = i;
            return SESSION_OK;
        }
    return refuse(options, SESSION_INVALID, "%s is either %s or %s", o->name,
                  o->choices[0], o->choices[1]);
}

/* Braces would put every session into one slot of a Cluster. */
static bool is_key_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || *text == '{' || *text == '}')
            return false;
    return true;
}

static int set_text(session_options *options, const option *o, const char *value)
{
    size_t length = strnlen(value, (size_t)o->most + 1);
    if (length > (size_t)o->most || !is_key_text(value))
        return refuse(options, SESSION_INVALID,
                      "%s takes up to %lld printable characters, no spaces or braces",
                      o->name, (long long)o->most);
    memcpy((char *)&options->settings + o->offset, value, length + 1);
    return SESSION_OK;
}

static hs_ring **ring_at(session_options *options, const option *o)
{
    return (hs_ring **)(void *)((char *)options + o->offset);
}

static int set_keys(session_options *options, const option *o, const char *value)
{
    hs_ring *ring = NULL;
    const char *reason;
    int rc = hs_ring_read(value, (size_t)o->most, &ring, &reason);
    if (reason != NULL)
        return refuse(options, rc, "%s %s", o->name, reason);
    if (rc != SESSION_OK)
        return rc;
    hs_ring_free(*ring_at(options, o));
    *ring_at(options, o) = ring;
    return SESSION_OK;
}

/* ---- Across options ---- */

static int finish_keys(session_options *options)
{
    /* An empty session, sealed, with its deadline and its user. */
    const int64_t least_sealed = 1024;
    const char *reason;
    const hs_settings *s = &options->settings;
    if (s->protection == HS_PROTECTION_NONE)
        return options->key == NULL && options->old_keys == NULL
                   ? SESSION_OK
                   : refuse(options, SESSION_CONFIG, "a key needs protection=sealed");
    if (options->key == NULL)
        return refuse(options, SESSION_CONFIG, "protection=sealed needs a key");
    if (s->compat == HS_COMPAT_EXPRESS)
        return refuse(options, SESSION_CONFIG,
                      "nobody shares what is sealed: protection=sealed without compat");
    if (s->max_size < least_sealed)
        return refuse(options, SESSION_CONFIG,
                      "protection=sealed needs a max_size of 1k or more");
    int rc = hs_ring_join(options->key, options->old_keys, &options->ring, &reason);
    return reason != NULL ? refuse(options, SESSION_CONFIG, "%s", reason) : rc;
}

/* Express knows no retired ids: it would let them live on, and prolong them. */
static int finish_grace(session_options *options)
{
    hs_settings *s = &options->settings;
    bool shared = s->compat == HS_COMPAT_EXPRESS;
    if (s->regenerate_grace == FOLLOWS_OTHERS)
        s->regenerate_grace = shared ? 0 : 10 * SECOND;
    if (shared && s->regenerate_grace != 0)
        return refuse(options, SESSION_CONFIG,
                      "regenerate_grace must be 0s with compat=express");
    return SESSION_OK;
}

int hs_options_finish(session_options *options)
{
    hs_settings *s = &options->settings;
    if (s->lifetime < s->ttl)
        return refuse(options, SESSION_CONFIG, "lifetime must not be shorter than ttl");
    if (s->touch_interval == FOLLOWS_OTHERS)
        s->touch_interval = s->ttl / 10 < MINUTE ? s->ttl / 10 : MINUTE;
    if (s->touch_interval > s->ttl)
        return refuse(options, SESSION_CONFIG,
                      "touch_interval must not be longer than ttl");
    int rc = finish_grace(options);
    return rc == SESSION_OK ? finish_keys(options) : rc;
}

/* ---- The API ---- */

int session_options_new(session_options **out)
{
    if (out == NULL)
        return SESSION_INVALID;
    session_options *options = hs_memory_new(sizeof *options);
    if (options == NULL)
        return SESSION_NO_MEMORY;
    hs_options_init(options);
    *out = options;
    return SESSION_OK;
}

int session_options_set(session_options *options, const char *name, const char *value)
{
    if (options == NULL)
        return SESSION_INVALID;
    if (name == NULL || value == NULL)
        return refuse(options, SESSION_INVALID, "an option needs a name and a value");
    const option *o = find_option(name);
    if (o == NULL)
        return refuse(options, SESSION_INVALID, "there is no option \"%.64s\"", name);
    options->error[0] = '\0';
    if (o->kind == CHOICE)
        return set_choice(options, o, value);
    if (o->kind == TEXT)
        return set_text(options, o, value);
    if (o->kind == KEYS)
        return set_keys(options, o, value);
    return set_number(options, o, value);
}

const char *session_options_error(const session_options *options)
{
    return options != NULL ? options->error : "";
}

int session_options_set_logger(session_options *options,
                               void (*log)(int level, const char *text, void *user),
                               void *user)
{
    if (options == NULL)
        return SESSION_INVALID;
    options->log = (hs_log){log, user};
    return SESSION_OK;
}

void session_options_free(session_options *options)
{
    if (options == NULL)
        return;
    hs_options_clear(options);
    hs_memory_free(options, sizeof *options);
}
