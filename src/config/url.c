#include "config/url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { LONGEST_URL = 4096, HIGHEST_DATABASE = 1000000, REDIS_PORT = 6379 };

static int refuse(session_options *options, const char *reason)
{
    snprintf(options->error, sizeof options->error, "%s", reason);
    return SESSION_CONFIG;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- Parts ---- */

static bool read_number(hs_span part, int64_t most, int64_t *out)
{
    int64_t value = 0;
    if (part.start == part.end || hs_span_length(part) > 10)
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
static int read_credentials(hs_span *rest, session_options *options,
                            hs_endpoint *endpoint)
{
    const char *at = memrchr(rest->start, '@', hs_span_length(*rest));
    if (at == NULL)
        return SESSION_OK;
    hs_span all = {rest->start, at};
    const char *colon = hs_span_find(all, ':');
    if (colon == all.end || colon + 1 == all.end)
        return refuse(options, "before the @ stands user:password or :password");
    if (!hs_span_decode((hs_span){all.start, colon}, endpoint->user,
                        sizeof endpoint->user) ||
        !hs_span_decode((hs_span){colon + 1, all.end}, endpoint->password,
                        sizeof endpoint->password))
        return refuse(options, "the user or the password is malformed or too long");
    rest->start = at + 1;
    return SESSION_OK;
}

/* The host up to the port's colon or the end; an address in brackets is IPv6. */
static bool read_host(hs_span *rest, hs_endpoint *endpoint)
{
    struct in6_addr address;
    bool bracketed = rest->start < rest->end && *rest->start == '[';
    hs_span host = {bracketed ? rest->start + 1 : rest->start, NULL};
    host.end = hs_span_find((hs_span){host.start, rest->end}, bracketed ? ']' : ':');
    if (hs_span_length(host) >= sizeof endpoint->host)
        return false;
    memcpy(endpoint->host, host.start, hs_span_length(host));
    endpoint->host[hs_span_length(host)] = '\0';
    rest->start = host.end;
    if (!bracketed)
        return is_host_name(endpoint->host);
    rest->start++;
    return host.end < rest->end && inet_pton(AF_INET6, endpoint->host, &address) == 1;
}

static bool read_port(hs_span rest, hs_endpoint *endpoint)
{
    int64_t port = REDIS_PORT;
    if (rest.start < rest.end &&
        (*rest.start != ':' ||
         !read_number((hs_span){rest.start + 1, rest.end}, 65535, &port) || port == 0))
        return false;
    endpoint->port = (int)port;
    return true;
}

/* ---- Schemes ---- */

/* Behind "redis://", up to the query. */
static int read_tcp(hs_span rest, session_options *options, hs_endpoint *endpoint)
{
    hs_span authority = {rest.start, hs_span_find(rest, '/')};
    hs_span database = {authority.end, rest.end};
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (!read_host(&authority, endpoint))
        return refuse(options, "the URL needs a host name or an address");
    if (!read_port(authority, endpoint))
        return refuse(options, "the port must be a number between 1 and 65535");
    if (hs_span_length(database) <= 1)
        return SESSION_OK;
    database.start++;
    if (!read_number(database, HIGHEST_DATABASE, &endpoint->database))
        return refuse(options, "behind the host stands the database's number");
    return SESSION_OK;
}

/* Behind "unix://", up to the query. */
static int read_unix(hs_span rest, session_options *options, hs_endpoint *endpoint)
{
    hs_span authority = {rest.start, hs_span_find(rest, '/')};
    hs_span path = {authority.end, rest.end};
    int rc = read_credentials(&authority, options, endpoint);
    if (rc != SESSION_OK)
        return rc;
    if (hs_span_length(authority) != 0 || hs_span_length(path) < 2)
        return refuse(options, "unix:// needs an absolute path");
    if (!hs_span_decode(path, endpoint->path, sizeof endpoint->path))
        return refuse(options, "the socket's path is malformed or over 107 bytes");
    return SESSION_OK;
}

/* ---- The query ---- */

static int set_database(hs_span value, session_options *options, hs_endpoint *endpoint)
{
    if (endpoint->path[0] == '\0')
        return refuse(options, "redis:// takes the database as /N behind the host");
    if (!read_number(value, HIGHEST_DATABASE, &endpoint->database))
        return refuse(options, "database must be a number");
    return SESSION_OK;
}

static int set_option(const char *name, hs_span value, session_options *options)
{
    char text[320]; /* four keys */
    int rc = hs_span_decode(value, text, sizeof text)
                 ? session_options_set(options, name, text)
                 : refuse(options, "an option's value is malformed or too long");
    hs_memory_wipe(text, sizeof text);
    return rc;
}

/* One name=value; `query` is what stands before it, to notice a repeated name. */
static int read_parameter(hs_span query, hs_span parameter, session_options *options,
                          hs_endpoint *endpoint)
{
    char name[64], seen[64];
    const char *equals = hs_span_find(parameter, '=');
    if (equals == parameter.end ||
        !hs_span_decode((hs_span){parameter.start, equals}, name, sizeof name))
        return refuse(options, "the query takes option=value, joined by &");
    for (hs_span rest = query; rest.start < parameter.start;) {
        hs_span earlier = hs_span_take(&rest, '&');
        earlier.end = hs_span_find(earlier, '=');
        if (hs_span_decode(earlier, seen, sizeof seen) && strcmp(seen, name) == 0)
            return refuse(options, "an option stands twice in the query");
    }
    if (strcmp(name, "database") == 0)
        return set_database((hs_span){equals + 1, parameter.end}, options, endpoint);
    return set_option(name, (hs_span){equals + 1, parameter.end}, options);
}

static int read_query(hs_span query, session_options *options, hs_endpoint *endpoint)
{
    hs_span rest = query;
    while (rest.start < rest.end) {
        hs_span parameter = hs_span_take(&rest, '&');
        int rc = read_parameter(query, parameter, options, endpoint);
        if (rc != SESSION_OK)
            return rc;
    }
    return SESSION_OK;
}

int hs_url_read(const char *url, session_options *options, hs_endpoint *endpoint)
{
    static const char tcp[] = "redis://", local[] = "unix://";
    size_t length = strnlen(url, LONGEST_URL + 1);
    hs_span all = {url, url + length};
    hs_span place = {url, hs_span_find(all, '?')};
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
        rc = read_query((hs_span){place.end + 1, all.end}, options, endpoint);
    return rc;
}
