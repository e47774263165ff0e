#include "web/cookie_setup.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/random.h"
#include "config/option_table.h"

#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)

/* ---- The forms of texts ---- */

static bool is_token(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, HS_DIGITS HS_LETTERS "!#$%&'*+-.^_`|~")] == '\0';
}

static bool is_path(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || strchr("\";,\\", *at) != NULL)
            return false;
    return text[0] == '/';
}

/* The length of the host name's label that starts here; 0 if it is not one. */
static size_t label_length(const char *text)
{
    size_t length = strspn(text, HS_DIGITS HS_LETTERS "-");
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

static int read_max_age(const hs_option *option, void *owner, const char *value,
                        const hs_reason *reason)
{
    int64_t duration;
    if (!hs_text_read_number(value, HS_UNITS_TIME, &duration) || duration < SECOND ||
        duration > 400 * DAY || duration % SECOND != 0)
        return hs_refuse(reason, SESSION_INVALID,
                         "%s takes whole seconds from 1s to 400d", option->name);
    *(int64_t *)hs_option_place(option, owner) = duration;
    return SESSION_OK;
}

/* Adds a secret to those that verify. */
static int read_old_secret(const hs_option *option, void *owner, const char *value,
                           const hs_reason *reason)
{
    session_cookie *cookie = owner;
    hs_option next = *option;
    size_t index = cookie->old_secrets + 1;
    if (index == HS_COOKIE_SECRETS)
        return hs_refuse(reason, SESSION_INVALID, "%s may be given 8 times at most",
                         option->name);
    next.offset += index * sizeof cookie->secrets[0];
    int rc = hs_option_read_text(&next, owner, value, reason);
    if (rc == SESSION_OK)
        cookie->old_secrets = index;
    return rc;
}

#define AT(member) offsetof(session_cookie, member)

static const hs_option rows[] = {
    {.name = "name",
     .read = hs_option_read_text,
     .offset = AT(name),
     .initial = "__Host-session",
     .most = HS_COOKIE_LONGEST,
     .allows = is_token,
     .takes = "an RFC 9110 token of up to 4096 characters",
     .help = "what the cookie is called"},
    {.name = "path",
     .read = hs_option_read_text,
     .offset = AT(path),
     .initial = "/",
     .most = HS_COOKIE_PATH,
     .allows = is_path,
     .takes = "a path from /, of up to 1024 characters without spaces and \" ; , \\",
     .help = "for which paths it is sent"},
    {.name = "domain",
     .read = hs_option_read_text,
     .offset = AT(domain),
     .most = HS_COOKIE_DOMAIN,
     .allows = is_domain,
     .takes = "a host name with a dot in it",
     .help = "for which hosts it is sent; this host only"},
    {.name = "max_age",
     .read = read_max_age,
     .offset = AT(max_age),
     .help = "how long browsers keep it; until they end"},
    {.name = "secure",
     .read = hs_option_read_choice,
     .offset = AT(secure),
     .initial = "on",
     .choices = {"off", "on"},
     .help = "whether it is sent over HTTPS only"},
    {.name = "http_only",
     .read = hs_option_read_choice,
     .offset = AT(http_only),
     .initial = "on",
     .choices = {"off", "on"},
     .help = "whether it is hidden from scripts"},
    {.name = "same_site",
     .read = hs_option_read_choice,
     .offset = AT(same_site),
     .initial = "Lax",
     .choices = {"Strict", "Lax", "None"},
     .help = "whether it is sent from other sites"},
    {.name = "partitioned",
     .read = hs_option_read_choice,
     .offset = AT(partitioned),
     .initial = "off",
     .choices = {"off", "on"},
     .help = "whether it is kept apart for each top-level site"},
    {.name = "secret",
     .read = hs_option_read_text,
     .offset = AT(secrets),
     .most = HS_COOKIE_SECRET,
     .allows = is_secret,
     .takes = "1 to 512 bytes",
     .help = "signs the cookie as express does"},
    {.name = "old_secret",
     .read = read_old_secret,
     .offset = AT(secrets),
     .most = HS_COOKIE_SECRET,
     .allows = is_secret,
     .takes = "1 to 512 bytes",
     .help = "a former secret, still accepted"},
};

enum { OPTION_COUNT = sizeof rows / sizeof rows[0] };

static const hs_option_table table = {rows, OPTION_COUNT};

typedef struct {
    session_cookie *cookie;
    bool seen[OPTION_COUNT];
    hs_reason reason;
} setup;

/* ---- One option ---- */

static int set_option(setup *s, const hs_option *option, const char *value)
{
    size_t index = (size_t)(option - rows);
    if (s->seen[index] && option->read != read_old_secret)
        return hs_refuse(&s->reason, SESSION_INVALID, "%s is given twice", option->name);
    s->seen[index] = true;
    return option->read(option, s->cookie, value, &s->reason);
}

static int read_option(setup *s, hs_slice parameter)
{
    char name[64], value[HS_COOKIE_LONGEST + 1];
    size_t length = hs_slice_find(parameter, '=');
    if (length == parameter.length)
        return hs_refuse(&s->reason, SESSION_INVALID,
                         "options are name=value, joined by &");
    if (!hs_slice_copy(hs_slice_head(parameter, length), name, sizeof name))
        return hs_refuse(&s->reason, SESSION_INVALID, "no option has such a long name");
    const hs_option *option = hs_option_find(&table, name);
    if (option == NULL)
        return hs_option_refuse_name(&table, name, &s->reason);
    int rc = hs_slice_decode(hs_slice_tail(parameter, length + 1), value, sizeof value)
                 ? set_option(s, option, value)
                 : hs_refuse(&s->reason, SESSION_INVALID,
                             "the value of %s is malformed or too long", option->name);
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
static bool has_prefix(const session_cookie *c, const char *prefix)
{
    return strncasecmp(c->name, prefix, strlen(prefix)) == 0;
}

bool hs_cookie_is_host_only(const session_cookie *cookie)
{
    return has_prefix(cookie, "__Host-");
}

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
        if (!has_prefix(c, text))
            continue;
        if (c->secure == 0)
            return hs_refuse(&s->reason, SESSION_CONFIG, "a name with %s needs secure=on",
                             text);
        if (prefixes[i].host_only && (c->domain[0] != '\0' || strcmp(c->path, "/") != 0))
            return hs_refuse(&s->reason, SESSION_CONFIG,
                             "a name with %s needs path=/ and no domain", text);
        if (prefixes[i].http_only && c->http_only == 0)
            return hs_refuse(&s->reason, SESSION_CONFIG,
                             "a name with %s needs http_only=on", text);
    }
    return SESSION_OK;
}

static int check_options(const setup *s)
{
    const session_cookie *c = s->cookie;
    if (c->same_site == HS_SAME_SITE_NONE && c->secure == 0)
        return hs_refuse(&s->reason, SESSION_CONFIG, "same_site=None needs secure=on");
    if (c->partitioned != 0 && c->secure == 0)
        return hs_refuse(&s->reason, SESSION_CONFIG, "partitioned=on needs secure=on");
    if (c->old_secrets > 0 && !hs_cookie_is_signed(c))
        return hs_refuse(&s->reason, SESSION_CONFIG, "an old_secret needs a secret");
    if (strlen(c->name) + hs_cookie_longest_value(c) > HS_COOKIE_LONGEST)
        return hs_refuse(&s->reason, SESSION_CONFIG,
                         "name and value could come to more than 4096 characters");
    return check_prefix(s);
}

/* ---- The API ---- */

int session_cookie_open(const char *options, session_cookie **out, char *errbuf,
                        size_t errbuf_size)
{
    setup s = {.reason = {errbuf, errbuf_size}};
    hs_refuse(&s.reason, SESSION_OK, "%s", "");
    if (out == NULL)
        return hs_refuse(&s.reason, SESSION_INVALID, "a cookie needs a place to put it");
    if (hs_random_init() != SESSION_OK)
        return hs_refuse(&s.reason, SESSION_CRYPTO, "%s",
                         session_error_text(SESSION_CRYPTO));
    s.cookie = hs_memory_new(sizeof *s.cookie);
    if (s.cookie == NULL)
        return hs_refuse(&s.reason, SESSION_NO_MEMORY, "%s",
                         session_error_text(SESSION_NO_MEMORY));
    hs_option_set_defaults(&table, s.cookie);
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
