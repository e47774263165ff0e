#include "web/cookie_variant.h"

#include <string.h>

/* So that a long path or host cannot make an answer of any size. */
enum { MOST_VARIANTS = 64 };

/* ---- The host ---- */

/* How many bytes of a Host header stand before its port. */
static size_t name_length(const char *host)
{
    if (host[0] != '[')
        return strspn(host, HS_DIGITS HS_LETTERS "-_.");
    size_t inside = 1 + strspn(host + 1, HS_DIGITS "ABCDEFabcdef:.");
    return inside > 1 && host[inside] == ']' ? inside + 1 : 0;
}

static bool has_empty_label(hs_slice name)
{
    while (name.length > 0)
        if (hs_slice_take(&name, '.').length == 0)
            return true;
    return false;
}

static bool read_host(const char *host, hs_slice *name)
{
    *name = (hs_slice){host, name_length(host)};
    const char *port = host + name->length;
    if (name->length == 0 || name->length > HS_COOKIE_DOMAIN || port[-1] == '.' ||
        has_empty_label(*name))
        return false;
    return *port == '\0' ||
           (*port == ':' && port[1 + strspn(port + 1, HS_DIGITS)] == '\0');
}

/* Names that end in a number are addresses; browsers keep no domain of these. */
static bool is_address(hs_slice name)
{
    hs_slice label = name;
    if (name.start[0] == '[')
        return true;
    while (name.length > 0)
        label = hs_slice_take(&name, '.');
    return label.start[0] <= '9';
}

/* The host itself, and each domain with a dot that it is in: one for each of its dots. */
static size_t count_domains(hs_slice name)
{
    size_t dots = 0;
    if (is_address(name))
        return 1;
    for (size_t i = 0; i < name.length; i++)
        dots += name.start[i] == '.';
    return 1 + dots;
}

static hs_slice domain_at(hs_slice name, size_t index)
{
    if (index == 0)
        return hs_slice_head(name, 0);
    while (index-- > 1)
        hs_slice_take(&name, '.');
    return name;
}

/* ---- The path ---- */

static bool read_path(const char *text, hs_slice *path)
{
    *path = (hs_slice){text, strcspn(text, "?#")};
    for (size_t i = 0; i < path->length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return text[0] == '/';
}

/* Whether a cookie whose path is the head of this length is sent to the path. */
static bool is_match(hs_slice path, size_t length)
{
    return length == path.length || path.start[length - 1] == '/' ||
           path.start[length] == '/';
}

/* The shortest come first. No cookie's path holds a semicolon, which would end it. */
static bool path_at(hs_slice path, size_t index, hs_slice *out)
{
    size_t limit = hs_slice_find(path, ';');
    for (size_t length = 1; length <= limit && length <= HS_COOKIE_PATH; length++) {
        if (is_match(path, length) && index-- == 0) {
            *out = hs_slice_head(path, length);
            return true;
        }
    }
    return false;
}

/* ---- Variants ---- */

hs_cookie_variant hs_cookie_own_variant(const session_cookie *cookie)
{
    return (hs_cookie_variant){.domain = hs_slice_of(cookie->domain),
                               .path = hs_slice_of(cookie->path),
                               .partitioned = cookie->partitioned != 0};
}

int hs_cookie_variant_at(const session_cookie *cookie, const char *host, const char *path,
                         size_t index, hs_cookie_variant *out)
{
    hs_slice name, whole;
    if (!read_host(host, &name) || !read_path(path, &whole))
        return SESSION_INVALID;
    size_t domains = count_domains(name);
    if (hs_cookie_is_host_only(cookie)) {
        domains = 1;
        whole = hs_slice_head(whole, 1);
    }
    if (index >= MOST_VARIANTS || !path_at(whole, index / 2 / domains, &out->path))
        return SESSION_NOT_FOUND;
    out->domain = domain_at(name, index / 2 % domains);
    out->partitioned = index % 2 != 0;
    return SESSION_OK;
}
