#include "config/options.h"

#include <string.h>

#include "base/memory.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum { FOLLOWS_OTHERS = -1 };

/* ---- Forms of values ---- */

/* Braces would put every session into one slot of a Cluster. */
static bool is_key_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || *text == '{' || *text == '}')
            return false;
    return true;
}

static int read_keys(const hs_option *option, void *owner, const char *value,
                     const hs_reason *reason)
{
    hs_ring *ring = NULL, **place = hs_option_place(option, owner);
    const char *why;
    int rc = hs_ring_read(value, (size_t)option->most, &ring, &why);
    if (why != NULL)
        return hs_refuse(reason, rc, "%s %s", option->name, why);
    if (rc != SESSION_OK)
        return rc;
    hs_ring_free(*place);
    *place = ring;
    return SESSION_OK;
}

/* ---- The table ---- */

#define AT(member) offsetof(session_options, member)
#define SETTING(member) AT(settings.member)

static const hs_option rows[] = {
    {.name = "ttl",
     .read = hs_option_read_duration,
     .offset = SETTING(ttl),
     .initial = "24h",
     .least = 1,
     .most = 3650 * DAY,
     .help = "idle timeout: how long a session lives after it was used"},
    {.name = "lifetime",
     .read = hs_option_read_duration,
     .offset = SETTING(lifetime),
     .initial = "30d",
     .least = 1,
     .most = 3650 * DAY,
     .help = "absolute timeout, however much a session is used"},
    {.name = "touch_interval",
     .read = hs_option_read_duration,
     .offset = SETTING(touch_interval),
     .most = 3650 * DAY,
     .help = "least time between two extensions; ttl/10, at most 60s"},
    {.name = "touch_on_get",
     .read = hs_option_read_choice,
     .offset = SETTING(touch_on_get),
     .initial = "on",
     .choices = {"off", "on"},
     .help = "whether a get counts as activity"},
    {.name = "regenerate_grace",
     .read = hs_option_read_duration,
     .offset = SETTING(regenerate_grace),
     .most = 10 * MINUTE,
     .help = "how long an old id still reads; 10s, 0s with compat"},
    {.name = "on_conflict",
     .read = hs_option_read_choice,
     .offset = SETTING(on_conflict),
     .initial = "merge",
     .choices = {"merge", "fail"},
     .help = "what a save does that meets another one"},
    {.name = "max_size",
     .read = hs_option_read_size,
     .offset = SETTING(max_size),
     .initial = "64k",
     .least = 256,
     .most = 16 * 1024 * 1024,
     .help = "largest stored session, in bytes"},
    {.name = "compat",
     .read = hs_option_read_choice,
     .offset = SETTING(compat),
     .initial = "none",
     .choices = {"none", "express"},
     .help = "whose sessions are shared"},
    {.name = "protection",
     .read = hs_option_read_choice,
     .offset = SETTING(protection),
     .initial = "none",
     .choices = {"none", "sealed"},
     .help = "whether Redis holds sealed sessions"},
    {.name = "key",
     .read = read_keys,
     .offset = AT(key),
     .most = 1,
     .help = "the key of sealed sessions, 64 hex digits"},
    {.name = "old_keys",
     .read = read_keys,
     .offset = AT(old_keys),
     .most = HS_RING_OLD,
     .help = "former keys, comma-separated, that still read"},
    {.name = "prefix",
     .read = hs_option_read_text,
     .offset = SETTING(prefix),
     .initial = "sess:",
     .most = HS_PREFIX_LENGTH,
     .allows = is_key_text,
     .takes = "up to 64 printable characters, no spaces or braces",
     .help = "what every Redis key starts with"},
    {.name = "deadline",
     .read = hs_option_read_duration,
     .offset = SETTING(deadline),
     .initial = "1s",
     .least = 1,
     .most = HOUR,
     .help = "longest any call may take, retries included"},
    {.name = "connect_timeout",
     .read = hs_option_read_duration,
     .offset = SETTING(connect_timeout),
     .initial = "300ms",
     .least = 1,
     .most = HOUR,
     .help = "longest one attempt to connect may take"},
    {.name = "pool_size",
     .read = hs_option_read_count,
     .offset = SETTING(pool_size),
     .initial = "16",
     .least = 1,
     .most = 1024,
     .help = "most connections"},
    {.name = "idle_timeout",
     .read = hs_option_read_duration,
     .offset = SETTING(idle_timeout),
     .initial = "60s",
     .most = DAY,
     .help = "unused connections are closed after this; 0s for never"},
    {.name = "events",
     .read = hs_option_read_choice,
     .offset = SETTING(events),
     .initial = "off",
     .choices = {"off", "on"},
     .help = "whether calls tell listeners what they did"},
    {.name = "user_limit",
     .read = hs_option_read_count,
     .offset = SETTING(user_limit),
     .initial = "0",
     .most = 1000,
     .help = "most sessions of one user; 0 for any number"},
    {.name = "user_limit_policy",
     .read = hs_option_read_choice,
     .offset = SETTING(user_limit_policy),
     .initial = "evict_oldest",
     .choices = {"evict_oldest", "refuse"},
     .help = "who makes room at the limit"},
};

const hs_option_table hs_store_options = {rows, sizeof rows / sizeof rows[0]};

/* ---- Their life ---- */

void hs_options_init(session_options *options)
{
    *options = (session_options){.magic = HS_MAGIC_OPTIONS};
    hs_option_set_defaults(&hs_store_options, options);
    options->settings.touch_interval = FOLLOWS_OTHERS;
    options->settings.regenerate_grace = FOLLOWS_OTHERS;
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

hs_reason hs_options_reason(session_options *options)
{
    return (hs_reason){options->error, sizeof options->error};
}

/* ---- Across options ---- */

static int contradiction(session_options *options, const char *text)
{
    const hs_reason reason = hs_options_reason(options);
    return hs_refuse(&reason, SESSION_CONFIG, "%s", text);
}

static int finish_keys(session_options *options)
{
    /* An empty session, sealed, with its deadline and its user. */
    const int64_t least_sealed = 1024;
    const char *reason;
    const hs_settings *s = &options->settings;
    if (s->protection == HS_PROTECTION_NONE)
        return options->key == NULL && options->old_keys == NULL
                   ? SESSION_OK
                   : contradiction(options, "a key needs protection=sealed");
    if (options->key == NULL)
        return contradiction(options, "protection=sealed needs a key");
    if (s->compat == HS_COMPAT_EXPRESS)
        return contradiction(
            options, "nobody shares what is sealed: protection=sealed without compat");
    if (s->max_size < least_sealed)
        return contradiction(options, "protection=sealed needs a max_size of 1k or more");
    int rc = hs_ring_join(options->key, options->old_keys, &options->ring, &reason);
    return reason != NULL ? contradiction(options, reason) : rc;
}

/* Whether ids of any form that follow the prefix stay apart from other keys. */
static bool ends_in_delimiter(const char *prefix)
{
    size_t length = strlen(prefix);
    if (length == 0)
        return false;
    const char last[2] = {prefix[length - 1], '\0'};
    return strspn(last, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789-_") == 0;
}

/* An express application does not read retired records; it would extend them. */
static int finish_sharing(session_options *options)
{
    hs_settings *s = &options->settings;
    bool shared = s->compat == HS_COMPAT_EXPRESS;
    if (s->regenerate_grace == FOLLOWS_OTHERS)
        s->regenerate_grace = shared ? 0 : 10 * SECOND;
    if (shared && s->regenerate_grace != 0)
        return contradiction(options, "regenerate_grace must be 0s with compat=express");
    if (shared && !ends_in_delimiter(s->prefix))
        return contradiction(options, "compat=express needs a prefix that ends in a "
                                      "delimiter, such as sess:");
    return SESSION_OK;
}

int hs_options_finish(session_options *options)
{
    hs_settings *s = &options->settings;
    if (s->lifetime < s->ttl)
        return contradiction(options, "lifetime must not be shorter than ttl");
    if (s->touch_interval == FOLLOWS_OTHERS)
        s->touch_interval = s->ttl / 10 < MINUTE ? s->ttl / 10 : MINUTE;
    if (s->touch_interval > s->ttl)
        return contradiction(options, "touch_interval must not be longer than ttl");
    int rc = finish_sharing(options);
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
    if (!hs_magic_is(options, HS_MAGIC_OPTIONS))
        return SESSION_INVALID;
    const hs_reason reason = hs_options_reason(options);
    if (name == NULL || value == NULL)
        return hs_refuse(&reason, SESSION_INVALID, "an option needs a name and a value");
    const hs_option *option = hs_option_find(&hs_store_options, name);
    if (option == NULL)
        return hs_option_refuse_name(&hs_store_options, name, &reason);
    options->error[0] = '\0';
    return option->read(option, options, value, &reason);
}

const char *session_options_error(const session_options *options)
{
    return hs_magic_is(options, HS_MAGIC_OPTIONS) ? options->error : "";
}

int session_options_set_logger(session_options *options,
                               void (*log)(int level, const char *text, void *user),
                               void *user)
{
    if (!hs_magic_is(options, HS_MAGIC_OPTIONS))
        return SESSION_INVALID;
    options->log = (hs_log){log, user};
    return SESSION_OK;
}

void session_options_free(session_options *options)
{
    if (options == NULL)
        return;
    hs_magic_end(&options->magic, HS_MAGIC_OPTIONS);
    hs_options_clear(options);
    hs_memory_free(options, sizeof *options);
}

/* ---- The table, for programs that show or read options ---- */

const char *session_option_name(size_t index)
{
    return index < hs_store_options.count ? rows[index].name : NULL;
}

const char *session_option_default(size_t index)
{
    if (index >= hs_store_options.count)
        return NULL;
    return rows[index].initial != NULL ? rows[index].initial : "";
}

const char *session_option_help(size_t index)
{
    return index < hs_store_options.count ? rows[index].help : NULL;
}
