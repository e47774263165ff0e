/*
 * Variants of a cookie: browsers keep cookies of one name apart if they differ in
 * domain, path or partition (RFC 6265bis 5.7, CHIPS), and send them side by side.
 */
#ifndef HISESSION_WEB_COOKIE_VARIANT_H
#define HISESSION_WEB_COOKIE_VARIANT_H

#include "base/text.h"
#include "web/cookie_setup.h"

typedef struct {
    hs_slice domain; /* empty for this host only */
    hs_slice path;
    bool partitioned;
} hs_cookie_variant;

/* The variant that the cookie's options name. */
hs_cookie_variant hs_cookie_own_variant(const session_cookie *cookie);

/*
 * The index-th of those variants that a browser may have sent with a request to
 * this host and path. OK, INVALID if these are malformed, NOT_FOUND after the last.
 */
int hs_cookie_variant_at(const session_cookie *cookie, const char *host, const char *path,
                         size_t index, hs_cookie_variant *out);

#endif
