#include "web/cookie_setup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"

#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const session_cookie defaults = {
    .name = "__Host-session",
    .path = "/",
    .secure = 1,
    .http_only = 1,
    .same_site = HS_SAME_SITE_LAX,
};

/* ---- The forms of texts ---- */

static bool is_token(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, DIGITS LETTERS "!#$%&'*+-.^_`|~")] == '\0';
}

static bool is_path(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || strchr("\";,\\", *at) != NULL)
            return false;
    return text[0] == '/';
}

/* The length of the host name's label that starts here; 0 if it is none. */
static size_t label_length(const char *text)
{
    size_t length = strspn(text, DIGITS LETTERS "-");
    bool right = length > 0 && length <= 63 && text[0] != '-' && text[length - 1] != '-';
    return right ? length : 0;
}

/* A name with a dot, for browsers take no whole top-level domain; no address. */
static bool is_domain(const char *text)
{
    const char *label = text;
    size_t length = label_length(label);
    while (length > 0 && label[length] == '.') {
        label += length + 1;
        length = label_length(label);
    }
    return length > 0 && label[length] == '\0' && label != text && label[0] > '9';
}

static bool is_secret(const char *text)
{
    return text[0] != '\0';
}

/* ---- The table ---- */

typedef enum { TEXT, SECRETS, DURATION, CHOICE } option_kind;

typedef struct {
    const char *name;
    option_kind kind;
    size_t offset; /* in the cookie: characters, secrets or an int64_t */
    size_t longest;
    bool (*allows)(const char *text);
    const char *choices[3]; /* what stands for 0, 1, 2 */
    const char *takes;
} option;

#define AT(member) offsetof(session_cookie, member)

#define NAME_FORM "an RFC 9110 token of up to 4096 characters"
#define PATH_FORM "a path from /, of up to 1024 characters without spaces and \" ; , \\"
#define DOMAIN_FORM "a host name with a dot in it"
#define AGE_FORM "whole seconds from 1s to 400d"
#define SWITCH_FORM "on or off"
#define SITE_FORM "Strict, Lax or None"
#define SECRET_FORM "1 to 512 bytes"

static const option options_table[] = {
    {"name", TEXT, AT(name), HS_COOKIE_LONGEST, is_token, {0}, NAME_FORM},
    {"path", TEXT, AT(path), HS_COOKIE_PATH, is_path, {0}, PATH_FORM},
    {"domain", TEXT, AT(domain), HS_COOKIE_DOMAIN, is_domain, {0}, DOMAIN_FORM},
    {"max_age", DURATION, AT(max_age), 0, NULL, {0}, AGE_FORM},
    {"secure", CHOICE, AT(secure), 0, NULL, {"off", "on"}, SWITCH_FORM},
    {"http_only", CHOICE, AT(http_only), 0, NULL, {"off", "on"}, SWITCH_FORM},
    {"same_site", CHOICE, AT(same_site), 0, NULL, {"Strict", "Lax", "None"}, SITE_FORM},
    {"partitioned", CHOICE, AT(partitioned), 0, NULL, {"off", "on"}, SWITCH_FORM},
    {"secret", TEXT, AT(secrets), HS_COOKIE_SECRET, is_secret, {0}, SECRET_FORM},
    {"old_secret", SECRETS, AT(secrets), HS_COOKIE_SECRET, is_secret, {0}, SECRET_FORM},
};

enum { OPTION_COUNT = sizeof options_table / sizeof options_table[0] };

typedef struct {
    session_cookie *cookie;
    bool seen[OPTION_COUNT];
    char *errbuf;
    size_t errbuf_size;
} setup;

static int refuse(const setup *s, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (s->errbuf != NULL && s->errbuf_size > 0)
        vsnprintf(s->errbuf, s->errbuf_size, format, arguments);
    va_end(arguments);
    return code;
}

/* ---- One option ---- */

static void *place(const setup *s, const option *o)
{
    return (char *)s->cookie + o->offset;
}

static bool set_text(char *text, const option *o, const char *value)
{
    size_t length = strlen(value);
    if (length > o->longest || !o->allows(value))
        return false;
    memcpy(text, value, length + 1);
    return true;
}

static bool set_duration(int64_t *number, const char *value)
{
    int64_t duration;
    if (!hs_text_read_number(value, HS_UNITS_TIME, &duration) || duration < SECOND ||
        duration > 400 * DAY || duration % SECOND != 0)
        return false;
    *number = duration;
    return true;
}

static bool set_choice(int64_t *number, const option *o, const char *value)
{
    for (int i = 0; i < 3 && o->choices[i] != NULL; i++)
        if (strcmp(o->choices[i], value) == 0) {
            *number = i;
            return true;
        }
    return false;
}

static int add_secret(const setup *s, const option *o, const char *value)
{
    size_t next = s->cookie->old_secrets + 1;
    if (next == HS_COOKIE_SECRETS)
        return refuse(s, SESSION_INVALID, "old_secret may be given 8 times at most");
    if (!set_text(s->cookie->secrets[next], o, value))
        return refuse(s, SESSION_INVALID, "%s takes %s", o->name, o->takes);
    s->cookie->old_secrets = next;
    return SESSION_OK;
}

static int set_option(setup *s, size_t index, const char *value)
{
    const option *o = &options_table[index];
    bool taken = false;
    if (o->kind == SECRETS)
        return add_secret(s, o, value);
    if (s->seen[index])
        return refuse(s, SESSION_INVALID, "%s is given twice", o->name);
    s->seen[index] = true;
    if (o->kind == TEXT)
        taken = set_text(place(s, o), o, value);
    else if (o->kind == DURATION)
        taken = set_duration(place(s, o), value);
    else
        taken = set_choice(place(s, o), o, value);
    return taken ? SESSION_OK
                 : refuse(s, SESSION_INVALID, "%s takes %s", o->name, o->takes);
}

/* ---- All options ---- */

static int read_option(setup *s, hs_slice parameter)
{
    char value[HS_COOKIE_LONGEST + 1];
    size_t length = hs_slice_find(parameter, '=');
    hs_slice name = hs_slice_head(parameter, length);
    size_t index = 0;
    if (length == parameter.length)
        return refuse(s, SESSION_INVALID, "options are name=value, joined by &");
    while (index < OPTION_COUNT && !hs_slice_equals(name, options_table[index].name))
        index++;
    if (index == OPTION_COUNT)
        return refuse(s, SESSION_INVALID, "a cookie has no option of that name");
    int rc = hs_slice_decode(hs_slice_tail(parameter, length + 1), value, sizeof value)
                 ? set_option(s, index, value)
                 : refuse(s, SESSION_INVALID, "the value of %s is malformed or too long",
                          options_table[index].name);
    hs_memory_wipe(value, sizeof value);
    return rc;
}

static int read_options(setup *s, const char *options)
{
    hs_slice rest = hs_slice_of(options);
    int rc = SESSION_OK;
    while (rc == SESSION_OK && rest.length > 0)
        rc = read_option(s, hs_slice_take(&rest, '&'));
    return rc;
}

/* ---- Across options ---- */

/* What browsers ask of names; they compare them without regard to case. */
static int check_prefix(const setup *s)
{
    static const struct {
        const char *text;
        bool host_only;
        bool http_only;
    } prefixes[] = {
        {"__Secure-", false, false},
        {"__Host-", true, false},
        {"__Http-", false, true},
        {"__Host-Http-", true, true},
    };
    const session_cookie *c = s->cookie;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        const char *text = prefixes[i].text;
        if (strncasecmp(c->name, text, strlen(text)) != 0)
            continue;
        if (c->secure == 0)
            return refuse(s, SESSION_CONFIG, "a name with %s needs secure=on", text);
        if (prefixes[i].host_only && (c->domain[0] != '\0' || strcmp(c->path, "/") != 0))
            return refuse(s, SESSION_CONFIG, "a name with %s needs path=/ and no domain",
                          text);
        if (prefixes[i].http_only && c->http_only == 0)
            return refuse(s, SESSION_CONFIG, "a name with %s needs http_only=on", text);
    }
    return SESSION_OK;
}

static int check_options(const setup *s)
{
    const session_cookie *c = s->cookie;
    if (c->same_site == HS_SAME_SITE_NONE && c->secure == 0)
        return refuse(s, SESSION_CONFIG, "same_site=None needs secure=on");
    if (c->partitioned != 0 && c->secure == 0)
        return refuse(s, SESSION_CONFIG, "partitioned=on needs secure=on");
    if (c->old_secrets > 0 && !hs_cookie_is_signed(c))
        return refuse(s, SESSION_CONFIG, "an old_secret needs a secret");
    if (strlen(c->name) + hs_cookie_longest_value(c) > HS_COOKIE_LONGEST)
        return refuse(s, SESSION_CONFIG,
                      "name and value could come to more than 4096 characters");
    return check_prefix(s);
}

/* ---- The API ---- */

int session_cookie_open(const char *options, session_cookie **out, char *errbuf,
                        size_t errbuf_size)
{
    setup s = {.errbuf = errbuf, .errbuf_size = errbuf_size};
    refuse(&s, SESSION_OK, "");
    if (out == NULL)
        return refuse(&s, SESSION_INVALID, "a cookie needs a place to put it");
    if (hs_random_init() != SESSION_OK)
        return refuse(&s, SESSION_CRYPTO, "%s", session_error_text(SESSION_CRYPTO));
    s.cookie = hs_memory_new(sizeof *s.cookie);
    if (s.cookie == NULL)
        return refuse(&s, SESSION_NO_MEMORY, "%s", session_error_text(SESSION_NO_MEMORY));
    *s.cookie = defaults;
    int rc = read_options(&s, options != NULL ? options : "");
    if (rc == SESSION_OK)
        rc = check_options(&s);
    if (rc == SESSION_OK)
        *out = s.cookie;
    else
        session_cookie_close(s.cookie);
    return rc;
}

void session_cookie_close(session_cookie *cookie)
{
    hs_memory_free(cookie, sizeof *cookie);
}

size_t session_cookie_id_size(void)
{
    return SESSION_COOKIE_ID_SIZE;
}
