#include "url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

enum { LONGEST_URL = 4096, HIGHEST_DATABASE = 1000000, REDIS_PORT = 6379 };

typedef struct {
    const char *start;
    const char *end;
} span;

static size_t span_length(span s)
{
    return (size_t)(s.end - s.start);
}

static int refuse(session_options *options, const char *reason)
{
    snprintf(options->error, sizeof options->error, "%s", reason);
    return SESSION_CONFIG;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The first `c` within, or its end. */
static const char *find(span s, char c)
{
    const char *found = memchr(s.start, c, span_length(s));
    return found != NULL ? found : s.end;
}

/* ---- Parts ---- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)((found - digits) % 16) : -1;
}

/* Copies a part and reads its %XX; false if it is malformed or does not fit. */
static bool decode(span part, char *out, size_t size)
{
    size_t length = 0;
    for (const char *at = part.start; at < part.end; at++) {
        char c = *at;
        if (c == '%') {
            int high = part.end - at > 2 ? hex_digit(at[1]) : -1;
            int low = part.end - at > 2 ? hex_digit(at[2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high * 16 + low);
            at += 2;
        } else if ((unsigned char)c <= ' ' || c == 0x7f) {
            return false;
        }
        if (length + 1 >= size)
            return false;
        out[length++] = c;
    }
    out[length] = '\0';
    return true;
}

static bool read_number(span part, int64_t most, int64_t *out)
{
    int64_t value = 0;
    if (part.start == part.end || span_length(part) > 10)
        return false;
    for (const char *at = part.start; at < part.end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        value = value * 10 + (*at - '0');
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
static int read_credentials(span *rest, session_options *options, hs_endpoint *endpoint)
{
    const char *at = memrchr(rest->start, '@', span_length(*rest));
    if (at == NULL)
        return SESSION_OK;
    span all = {rest->start, at};
    const char *colon = find(all, ':');
    if (colon == all.end || colon + 1 == all.end)
        return refuse(options, "before the @ stands user:password or :password");
    if (!decode((span){all.start, colon}, endpoint->user, sizeof endpoint->user) ||
        !decode((span){colon + 1, all.end}, endpoint->password,
                sizeof endpoint->password))
        return refuse(options, "the user or the password is malformed or too long");
    rest->start = at + 1;
    return SESSION_OK;
}

/* The host up to the port's colon or the end; an address in brackets is IPv6. */
static bool read_host(span *rest, hs_endpoint *endpoint)
{
    struct in6_addr address;
    bool bracketed = rest->start < rest->end && *rest->start == '[';
    span host = {bracketed ? rest->start + 1 : rest->start, NULL};
    host.end = find((span){host.start, rest->end}, bracketed ? ']' : ':');
    if (span_length(host) >= sizeof endpoint->host)
        return false;
    memcpy(endpoint->host, host.start, span_length(host));
    endpoint->host[span_length(host)] = '\0';
    rest->start = host.end;
    if (!bracketed)
        return is_host_name(endpoint->host);
    rest->start++;
    return host.end < rest->end && inet_pton(AF_INET6, endpoint->host, &address) == 1;
}

static bool read_port(span rest, hs_endpoint *endpoint)
{
    int64_t port = REDIS_PORT;
    if (rest.start < rest.end &&
        (*rest.start != ':' ||
         !read_number((span){rest.start + 1, rest.end}, 65535, &port) || port == 0))
        return false;
    endpoint->port = (int)port;
    return true;
}

/* ---- Schemes ---- */

/* Behind "redis://", up to the query. */
static int read_tcp(span rest, session_options *options, hs_endpoint *endpoint)
{
    span authority = {rest.start, find(rest, '/')};
    span database = {authority.end, rest.end};
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (!read_host(&authority, endpoint))
        return refuse(options, "the URL needs a host name or an address");
    if (!read_port(authority, endpoint))
        return refuse(options, "the port must be a number between 1 and 65535");
    if (span_length(database) <= 1)
        return SESSION_OK;
    database.start++;
    if (!read_number(database, HIGHEST_DATABASE, &endpoint->database))
        return refuse(options, "behind the host stands the database's number");
    return SESSION_OK;
}

/* Behind "unix://", up to the query. */
static int read_unix(span rest, session_options *options, hs_endpoint *endpoint)
{
    span authority = {rest.start, find(rest, '/')};
    span path = {authority.end, rest.end};
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (span_length(authority) != 0 || span_length(path) < 2)
        return refuse(options, "unix:// needs an absolute path");
    if (!decode(path, endpoint->path, sizeof endpoint->path))
        return refuse(options, "the socket's path is malformed or over 107 bytes");
    return SESSION_OK;
}

/* ---- The query ---- */

static int set_database(span value, session_options *options, hs_endpoint *endpoint)
{
    if (endpoint->path[0] == '\0')
        return refuse(options, "redis:// takes the database as /N behind the host");
    if (!read_number(value, HIGHEST_DATABASE, &endpoint->database))
        return refuse(options, "database must be a number");
    return SESSION_OK;
}

/* One name=value; `query` is what stands before it, to notice a repeated name. */
static int read_parameter(span query, span parameter, session_options *options,
                          hs_endpoint *endpoint)
{
    char name[64], value[320], seen[64];
    const char *equals = find(parameter, '=');
    if (equals == parameter.end ||
        !decode((span){parameter.start, equals}, name, sizeof name) ||
        !decode((span){equals + 1, parameter.end}, value, sizeof value))
        return refuse(options, "the query takes option=value, joined by &");
    for (span rest = query; rest.start < parameter.start;) {
        span earlier = {rest.start, find(rest, '&')};
        earlier.end = find(earlier, '=');
        if (decode(earlier, seen, sizeof seen) && strcmp(seen, name) == 0)
            return refuse(options, "an option stands twice in the query");
        rest.start = find(rest, '&') + 1;
    }
    if (strcmp(name, "database") == 0)
        return set_database((span){equals + 1, parameter.end}, options, endpoint);
    int rc = session_options_set(options, name, value);
    hs_memory_wipe(value, sizeof value); /* it may be a key */
    return rc;
}

static int read_query(span query, session_options *options, hs_endpoint *endpoint)
{
    span rest = query;
    while (rest.start < rest.end) {
        span parameter = {rest.start, find(rest, '&')};
        int rc = read_parameter(query, parameter, options, endpoint);
        if (rc != SESSION_OK)
            return rc;
        rest.start = parameter.end < rest.end ? parameter.end + 1 : rest.end;
    }
    return SESSION_OK;
}

int hs_url_read(const char *url, session_options *options, hs_endpoint *endpoint)
{
    static const char tcp[] = "redis://", local[] = "unix://";
    size_t length = strnlen(url, LONGEST_URL + 1);
    span all = {url, url + length};
    span place = {url, find(all, '?')};
    int rc;

    *endpoint = (hs_endpoint){.port = REDIS_PORT};
    if (length > LONGEST_URL)
        return refuse(options, "the URL is over 4096 bytes");
    if (starts_with(url, tcp)) {
        place.start += strlen(tcp);
        rc = read_tcp(place, options, endpoint);
    } else if (starts_with(url, local)) {
        place.start += strlen(local);
        rc = read_unix(place, options, endpoint);
    } else {
        return refuse(options, "the URL must start with redis:// or unix://");
    }
    if (rc == SESSION_OK && place.end < all.end)
        rc = read_query((span){place.end + 1, all.end}, options, endpoint);
    return rc;
}
