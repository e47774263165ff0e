#include "config/url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { LONGEST_URL = 4096, HIGHEST_DATABASE = 1000000, REDIS_PORT = 6379 };

static int refuse(session_options *options, const char *why)
{
    const hs_reason reason = hs_options_reason(options);
    return hs_refuse(&reason, SESSION_CONFIG, "%s", why);
}

/*
 * Refuses a number, and quotes it unless it has letters: what stands where a number
 * belongs may be a part of a password whose special characters were not escaped.
 */
static int refuse_number(session_options *options, const char *why, hs_slice part)
{
    const hs_reason reason = hs_options_reason(options);
    char quoted[24];
    if (!hs_slice_copy(part, quoted, sizeof quoted) ||
        quoted[strspn(quoted, "0123456789+-. ")] != '\0')
        return hs_refuse(&reason, SESSION_CONFIG, "%s", why);
    return hs_refuse(&reason, SESSION_CONFIG, "%s, not \"%s\"", why, quoted);
}

static bool has(hs_slice part, char c)
{
    return hs_slice_find(part, c) < part.length;
}

static const char escapes_needed[] =
    "a user or password with @ : / ? # % needs %XX for it";

/* ---- Parts ---- */

static bool read_number(hs_slice part, int64_t most, int64_t *out)
{
    int64_t value = 0;
    if (part.length == 0 || part.length > 10)
        return false;
    for (size_t i = 0; i < part.length; i++) {
        if (part.start[i] < '0' || part.start[i] > '9')
            return false;
        value = value * 10 + (part.start[i] - '0');
    }
    *out = value;
    return value <= most;
}

static bool is_host_name(const char *host)
{
    size_t allowed = strspn(host, "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return host[0] != '\0' && host[allowed] == '\0';
}

/* Takes "user:password@" off the front. */
static int read_credentials(hs_slice *rest, session_options *options,
                            hs_endpoint *endpoint)
{
    const char *at = memrchr(rest->start, '@', rest->length);
    if (at == NULL)
        return SESSION_OK;
    size_t length = (size_t)(at - rest->start);
    hs_slice password = hs_slice_head(*rest, length);
    hs_slice user = hs_slice_take(&password, ':');
    if (password.length == 0)
        return refuse(options, "user:password or :password stands before the @");
    if (!hs_slice_decode(user, endpoint->user, sizeof endpoint->user) ||
        !hs_slice_decode(password, endpoint->password, sizeof endpoint->password))
        return refuse(options, "the user or the password is malformed or too long");
    *rest = hs_slice_tail(*rest, length + 1);
    return SESSION_OK;
}

/* Takes an IPv6 address in brackets off the front. */
static bool read_address(hs_slice *rest, hs_endpoint *endpoint)
{
    struct in6_addr address;
    hs_slice inside = hs_slice_tail(*rest, 1);
    size_t length = hs_slice_find(inside, ']');
    if (length == inside.length || !hs_slice_copy(hs_slice_head(inside, length),
                                                  endpoint->host, sizeof endpoint->host))
        return false;
    *rest = hs_slice_tail(inside, length + 1);
    return inet_pton(AF_INET6, endpoint->host, &address) == 1;
}

/* Takes the host off the front: an address in brackets, or all before the colon. */
static bool read_host(hs_slice *rest, hs_endpoint *endpoint)
{
    if (rest->length > 0 && rest->start[0] == '[')
        return read_address(rest, endpoint);
    size_t length = hs_slice_find(*rest, ':');
    if (!hs_slice_copy(hs_slice_head(*rest, length), endpoint->host,
                       sizeof endpoint->host))
        return false;
    *rest = hs_slice_tail(*rest, length);
    return is_host_name(endpoint->host);
}

static bool read_port(hs_slice rest, hs_endpoint *endpoint)
{
    int64_t port = REDIS_PORT;
    if (rest.length > 0 &&
        (rest.start[0] != ':' || !read_number(hs_slice_tail(rest, 1), 65535, &port) ||
         port == 0))
        return false;
    endpoint->port = (int)port;
    return true;
}

static int refuse_host(session_options *options, hs_slice rest)
{
    if (rest.length > 1 && rest.start[0] == ':' && rest.start[1] == ':')
        return refuse(options, "an IPv6 address stands in brackets: redis://[::1]:6379");
    return refuse(options, "the URL needs a host name or an address");
}

/* ---- Schemes ---- */

/* What follows "redis://", up to the query. */
static int read_tcp(hs_slice rest, session_options *options, hs_endpoint *endpoint)
{
    hs_slice authority = hs_slice_take(&rest, '/');
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (has(rest, '@'))
        return refuse(options, escapes_needed);
    if (!read_host(&authority, endpoint))
        return refuse_host(options, authority);
    if (!read_port(authority, endpoint))
        return refuse_number(options, "the port must be a number from 1 to 65535",
                             hs_slice_tail(authority, 1));
    if (rest.length > 0 && !read_number(rest, HIGHEST_DATABASE, &endpoint->database))
        return refuse_number(options, "after the host comes the number of a database",
                             rest);
    return SESSION_OK;
}

/* What follows "unix://", up to the query. */
static int read_unix(hs_slice rest, session_options *options, hs_endpoint *endpoint)
{
    size_t length = hs_slice_find(rest, '/');
    hs_slice authority = hs_slice_head(rest, length);
    hs_slice path = hs_slice_tail(rest, length);
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (authority.length != 0 || path.length < 2)
        return refuse(options, "unix:// needs an absolute path");
    if (!hs_slice_decode(path, endpoint->path, sizeof endpoint->path))
        return refuse(options, "the socket's path is malformed or over 107 bytes");
    return SESSION_OK;
}

/* ---- The query ---- */

static int set_database(hs_slice value, session_options *options, hs_endpoint *endpoint)
{
    if (endpoint->path[0] == '\0')
        return refuse(options, "redis:// takes the database as /N after the host");
    if (!read_number(value, HIGHEST_DATABASE, &endpoint->database))
        return refuse_number(options, "database must be a number", value);
    return SESSION_OK;
}

static int set_option(const char *name, hs_slice value, session_options *options)
{
    char text[320]; /* four keys */
    const hs_reason reason = hs_options_reason(options);
    if (hs_option_find(&hs_store_options, name) == NULL)
        return hs_option_refuse_name(&hs_store_options, name, &reason);
    int rc = hs_slice_decode(value, text, sizeof text)
                 ? session_options_set(options, name, text)
                 : hs_refuse(&reason, SESSION_CONFIG,
                             "the value of %s is malformed or too long", name);
    hs_memory_wipe(text, sizeof text);
    return rc;
}

/* Whether a query has a parameter of this name. */
static bool has_name(hs_slice query, const char *name)
{
    char other[64];
    while (query.length > 0) {
        hs_slice parameter = hs_slice_take(&query, '&');
        if (hs_slice_decode(hs_slice_take(&parameter, '='), other, sizeof other) &&
            strcmp(other, name) == 0)
            return true;
    }
    return false;
}

/* One name=value; `earlier` is the part of the query before it. */
static int read_parameter(hs_slice earlier, hs_slice parameter, session_options *options,
                          hs_endpoint *endpoint)
{
    char name[64];
    const hs_reason reason = hs_options_reason(options);
    size_t length = hs_slice_find(parameter, '=');
    if (length == parameter.length ||
        !hs_slice_decode(hs_slice_head(parameter, length), name, sizeof name))
        return refuse(options, "the query takes option=value, joined by &");
    if (has_name(earlier, name)) /* so it is an option: others are refused at once */
        return hs_refuse(&reason, SESSION_CONFIG, "%s stands twice in the query", name);
    hs_slice value = hs_slice_tail(parameter, length + 1);
    if (strcmp(name, "database") == 0)
        return set_database(value, options, endpoint);
    return set_option(name, value, options);
}

static int read_query(hs_slice query, session_options *options, hs_endpoint *endpoint)
{
    hs_slice rest = query;
    while (rest.length > 0) {
        hs_slice earlier = hs_slice_head(query, query.length - rest.length);
        int rc = read_parameter(earlier, hs_slice_take(&rest, '&'), options, endpoint);
        if (rc != SESSION_OK)
            return rc;
    }
    return SESSION_OK;
}

/* Whether a query began with a ? in a password: it then holds the @ of the host. */
static bool ends_a_password(hs_slice query)
{
    hs_slice first = hs_slice_take(&query, '&');
    return has(first, '@') && !has(first, '=');
}

/* Whether a text starts with a scheme, which is then taken off. */
static bool take_scheme(hs_slice *place, const char *scheme)
{
    size_t length = strlen(scheme);
    if (place->length < length || memcmp(place->start, scheme, length) != 0)
        return false;
    *place = hs_slice_tail(*place, length);
    return true;
}

int hs_url_read(const char *url, session_options *options, hs_endpoint *endpoint)
{
    hs_slice query = {url, strnlen(url, LONGEST_URL + 1)};
    int rc;

    *endpoint = (hs_endpoint){.port = REDIS_PORT};
    if (query.length > LONGEST_URL)
        return refuse(options, "the URL is over 4096 bytes");
    hs_slice place = hs_slice_take(&query, '?');
    if (ends_a_password(query))
        return refuse(options, escapes_needed);
    if (take_scheme(&place, "redis://"))
        rc = read_tcp(place, options, endpoint);
    else if (take_scheme(&place, "unix://"))
        rc = read_unix(place, options, endpoint);
    else if (take_scheme(&place, "rediss://"))
        return refuse(options, "this version has no TLS, which rediss:// asks for");
    else
        return refuse(options, "the URL must start with redis:// or unix://");
    return rc == SESSION_OK ? read_query(query, options, endpoint) : rc;
}
