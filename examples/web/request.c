#include "request.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BODY = 32 * 1024, PARSER_BUFFER = 1024 };

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_CSRF] = "csrf", [FIELD_USER] = "user",         [FIELD_PASSWORD] = "password",
    [FIELD_NOTE] = "note", [FIELD_REVISION] = "revision", [FIELD_HANDLE] = "handle",
};

static bool append(char **text, const char *data, size_t size)
{
    size_t length = *text != NULL ? strlen(*text) : 0;
    char *longer = realloc(*text, length + size + 1);
    if (longer == NULL)
        return false;
    memcpy(longer + length, data, size);
    longer[length + size] = '\0';
    *text = longer;
    return true;
}

/* Called by the parser with a field, or with the next piece of a long one. */
static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key,
                                  const char *filename, const char *content_type,
                                  const char *encoding, const char *data, uint64_t offset,
                                  size_t size)
{
    (void)kind, (void)filename, (void)content_type, (void)encoding;
    struct request *r = cls;
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (key == NULL || strcmp(key, field_names[i]) != 0)
            continue;
        bool comes_twice = offset == 0 && r->fields[i] != NULL;
        if (comes_twice || (size > 0 && memchr(data, '\0', size) != NULL))
            r->malformed = true;
        else if (!append(&r->fields[i], data, size))
            return MHD_NO;
    }
    return MHD_YES;
}

struct request *request_new(const struct app *app, struct MHD_Connection *connection,
                            const char *method, const char *path)
{
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->app = app;
    r->connection = connection;
    r->method = method;
    r->path = path;
    if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        r->parser = MHD_create_post_processor(connection, PARSER_BUFFER, take_field, r);
    return r;
}

void request_take(struct request *r, const char *data, size_t size)
{
    r->body_size += size;
    if (r->body_size > MOST_BODY)
        r->too_big = true; /* the rest is read, but not kept */
    else if (r->parser == NULL || MHD_post_process(r->parser, data, size) != MHD_YES)
        r->malformed = true;
}

void request_free(struct request *r)
{
    if (r == NULL)
        return;
    if (r->parser != NULL)
        MHD_destroy_post_processor(r->parser);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (r->fields[i] != NULL)
            sodium_memzero(r->fields[i], strlen(r->fields[i]));
        free(r->fields[i]);
    }
    session_free(r->session);
    free(r);
}

const char *request_field(const struct request *r, enum field field)
{
    return r->fields[field] != NULL ? r->fields[field] : "";
}

const char *request_field_name(enum field field)
{
    return field_names[field];
}

static const char *look_up(const struct request *r, enum MHD_ValueKind kind,
                           const char *name)
{
    const char *value = MHD_lookup_connection_value(r->connection, kind, name);
    return value != NULL ? value : "";
}

const char *request_query(const struct request *r, const char *name)
{
    return look_up(r, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *r, const char *name)
{
    return look_up(r, MHD_HEADER_KIND, name);
}

/* ---- The address ---- */

static void socket_address(const struct request *r, char *buffer, size_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    buffer[0] = '\0';
    if (info != NULL)
        getnameinfo(info->client_addr, sizeof(struct sockaddr_in), buffer,
                    (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}

static enum MHD_Result keep_last_forwarded(void *cls, enum MHD_ValueKind kind,
                                           const char *name, const char *value)
{
    (void)kind;
    const char **last = cls;
    if (strcasecmp(name, "X-Forwarded-For") == 0 && value != NULL)
        *last = value;
    return MHD_YES;
}

static bool is_address(const char *text)
{
    unsigned char binary[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, text, binary) == 1 ||
           inet_pton(AF_INET6, text, binary) == 1;
}

/* Only the last address comes from the proxy; a client can send any others itself. */
void request_address(const struct request *r, char *buffer, size_t size)
{
    const char *list = NULL;
    socket_address(r, buffer, size);
    if (!r->app->behind_proxy)
        return;
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, keep_last_forwarded, &list);
    if (list == NULL)
        return;
    const char *comma = strrchr(list, ',');
    const char *address = comma != NULL ? comma + 1 : list;
    address += strspn(address, " ");
    if (is_address(address))
        snprintf(buffer, size, "%s", address);
}
