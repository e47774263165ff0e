/*
 * hisession: the cookie that carries a session's id, and the token that guards
 * forms against cross-site requests (CSRF). All of it is text; nothing here
 * talks to Redis or blocks.
 *
 *     session_cookie *cookie;
 *     char id[SESSION_COOKIE_ID_SIZE], header[512];
 *     session_cookie_open(NULL, &cookie, NULL, 0);
 *     rc = session_cookie_find(cookie, request_header("Cookie"), id, sizeof id);
 *     if (rc == SESSION_OK)
 *         rc = session_get(store, id, &s);
 *     session_cookie_format(cookie, session_id(s), header, sizeof header);
 *     add_response_header("Set-Cookie", header);
 *
 * A response with a Set-Cookie header should also carry
 * "Cache-Control: no-store": a cache that keeps it hands the session to others.
 *
 * Threads. A cookie never changes once it is open; any number of threads may
 * use it at once.
 *
 * What hisession/session.h says of results, ownership and strings holds here.
 */
#ifndef HISESSION_COOKIE_H
#define HISESSION_COOKIE_H

#include "hisession/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct session_cookie session_cookie;

/* Sizes of the texts below. */
enum session_cookie_sizes {
    SESSION_COOKIE_ID_SIZE = 129, /* room for any id that session_cookie_find() gives,
                                     with the NUL */
    SESSION_CSRF_LENGTH = 86      /* of a CSRF token, the ending NUL not counted */
};

/* The same, for callers that cannot read constants from a header. */
SESSION_API size_t session_cookie_id_size(void);
SESSION_API size_t session_csrf_length(void);

/* ---- Cookies ----------------------------------------------------------- */

/*
 * Sets up a cookie. `options` is name=value joined by &, such as
 * "name=sid&max_age=7d", where values may use %XX escapes (%26 for &, %20 for
 * a space; a + is a +); NULL or "" for the defaults.
 *
 *     name         an RFC 9110 token                        (__Host-session)
 *     path         from /, up to 1024 characters            (/)
 *     domain       a host name with a dot in it             (none: this host)
 *     max_age      whole seconds, 1s to 400d     (none: until the browser ends)
 *     secure       on, off: to HTTPS only                   (on)
 *     http_only    on, off: hidden from scripts             (on)
 *     same_site    Strict, Lax, None                        (Lax)
 *     partitioned  on, off                                  (off)
 *     secret       1 to 512 bytes; see below                (none: unsigned)
 *     old_secret   the same; may be given up to 8 times     (none)
 *
 * With a secret the value is signed as express signs it (cookie-signature):
 * "s:", the id, ".", and the HMAC-SHA256 of the id in base64, percent-encoded.
 * `secret` signs; it and each old_secret verify, so that it can be changed
 * without a logout. The id alone is enough to keep strangers out: sign to share
 * sessions with an express application. Any secret of its works here; a new one
 * should be 32 random bytes, in hex or base64.
 *
 * Options that a browser would refuse together are refused here:
 *   - a name that starts with __Host-, in any case, needs secure, path=/ and no
 *     domain; one with __Secure- needs secure; one with __Http- or __Host-Http-
 *     needs http_only too;
 *   - same_site=None and partitioned need secure;
 *   - name and value may not come to more than 4096 characters.
 *
 * If errbuf is not NULL and errbuf_size not 0, a failed call leaves one line of
 * text there, cut to fit, always NUL-terminated, without the secrets.
 * Returns: OK, INVALID (out is NULL, an option is unknown, malformed, not
 * allowed or given twice), CONFIG (options that contradict each other),
 * NO_MEMORY, CRYPTO.
 */
SESSION_API int session_cookie_open(const char *options, session_cookie **out,
                                    char *errbuf, size_t errbuf_size);

/* Wipes and frees the cookie. NULL is fine. */
SESSION_API void session_cookie_close(session_cookie *cookie);

/*
 * A size that holds each text that the next three functions can make of this
 * cookie, with the NUL. 0 for NULL.
 */
SESSION_API size_t session_cookie_size(const session_cookie *cookie);

/*
 * Writes the value of a Set-Cookie header that hands out a session's id, such
 * as "__Host-session=ID; Path=/; Secure; HttpOnly; SameSite=Lax". Send it after
 * a session_create(), a first session_save() and every session_regenerate();
 * with max_age, on each visit, so that the cookie lasts as long as the session.
 * On failure `buffer` holds "", if its size is not 0.
 * Returns: OK, INVALID (NULL), BAD_ID (not 16 to 128 of A-Z a-z 0-9 - _),
 * BUFFER.
 */
SESSION_API int session_cookie_format(const session_cookie *cookie, const char *id,
                                      char *buffer, size_t size);

/*
 * Writes the value of a Set-Cookie header that makes the browser forget the
 * cookie. It goes with session_destroy(), and does not take its place.
 * On failure `buffer` holds "", if its size is not 0.
 * Returns: OK, INVALID (NULL), BUFFER.
 */
SESSION_API int session_cookie_format_deletion(const session_cookie *cookie, char *buffer,
                                               size_t size);

/*
 * Writes the index-th of the Set-Cookie headers that make the browser forget each
 * cookie of this name that it may have sent with a request, so that a login works
 * again after AMBIGUOUS. They are needed together, since nothing tells in which
 * Domain, Path and partition the browser keeps which: send those from index 0 up to
 * the first NOT_FOUND, and with them the login page:
 *
 *     if (session_cookie_find(cookie, cookies, id, sizeof id) == SESSION_AMBIGUOUS)
 *         for (i = 0; session_cookie_format_variant_deletion(
 *                         cookie, host, path, i, header, size) == SESSION_OK; i++)
 *             add_response_header("Set-Cookie", header);
 *     show_login_page();
 *
 * A Set-Cookie that hands out a session belongs after all of these. No session is
 * destroyed: the ids are not known to be the visitor's.
 *
 * `host` is the request's Host header as the browser sent it: a name or an address,
 * in brackets for IPv6, and perhaps a port. `path` is the path that the browser
 * asked for, still with its %XX; what follows a ? or # in it is ignored. Behind a
 * proxy, both have to be those that the browser knows.
 *
 * A name with __Host- has two variants, partitioned and not; nobody but the host
 * itself can make them. Any other has two for the host and for each domain with a
 * dot that the host is in, for each path that the request's path matches (/app/x:
 * /, /app, /app/ and /app/x), but 64 at most, those of the shortest paths: a cookie
 * of a longer path stays and is AMBIGUOUS again there. Each text is about 100
 * characters: let a proxy take headers of 8 KiB (nginx: proxy_buffer_size).
 *
 * On failure `buffer` holds "", if its size is not 0.
 * Returns: OK, INVALID (NULL, or a malformed host or path), NOT_FOUND (there are no
 * more), BUFFER.
 */
SESSION_API int session_cookie_format_variant_deletion(const session_cookie *cookie,
                                                       const char *host, const char *path,
                                                       size_t index, char *buffer,
                                                       size_t size);

/*
 * Finds the session's id in a request's Cookie header: its value, without
 * "Cookie:", several of them joined by "; " as HTTP/2 wants it; NULL if there
 * was none. The name has to match to the letter; spaces and tabs around names
 * and values do not count. A cookie with a secret is taken only if its signature
 * is right.
 *
 * A browser may send several cookies of this name, of another Domain or Path or
 * Partitioned, and does not say which is which:
 *   - a value that is no id, or whose signature is wrong, is passed over if
 *     another one is right: it opens no session, and somebody who can plant a cookie
 *     could lock its victim out with it;
 *   - values with the same id are one;
 *   - values with different ids are AMBIGUOUS: one of them may have been planted,
 *     so that its victim goes on in the planter's session. A signature does not
 *     tell which, because the planter has signed cookies of his own. Treat the
 *     request as nobody's and heal the browser: see
 *     session_cookie_format_variant_deletion().
 *
 * `id` gets the id and a NUL; SESSION_COOKIE_ID_SIZE is always enough. On
 * failure it holds "", if its size is not 0. That it looks like an id does not
 * mean that there is such a session: session_get() knows.
 * Returns: OK, INVALID (NULL cookie or id; a header over 64 KiB or with control
 * characters), NOT_FOUND (no such cookie, or only empty ones), BAD_ID (no value is
 * 16 to 128 of A-Z a-z 0-9 - _, with the right signature if the cookie has a
 * secret), AMBIGUOUS (two ids that differ), BUFFER.
 */
SESSION_API int session_cookie_find(const session_cookie *cookie, const char *header,
                                    char *id, size_t size);

/* ---- CSRF tokens ------------------------------------------------------- */

/*
 * Writes a token to put into the session's forms, or to hand to its scripts:
 * SESSION_CSRF_LENGTH characters of base64url and a NUL. Each call gives
 * another text, so that compression cannot leak it (BREACH); all of them are
 * good until the session's id changes with session_regenerate(). A token does
 * not give its session's id away.
 * On failure `buffer` holds "", if its size is not 0.
 * Returns: OK, INVALID (NULL), NOT_FOUND (the session was never saved and has
 * no id), BUFFER.
 */
SESSION_API int session_csrf_token(const session *s, char *buffer, size_t size);

/*
 * Whether a token that came with a request was made for this session. Check it
 * before every POST, PUT, PATCH or DELETE has an effect. `token` may come from
 * a stranger; it is compared in constant time.
 * Returns: OK, INVALID (it was not; also for NULL: a form without a token).
 */
SESSION_API int session_csrf_check(const session *s, const char *token);

#ifdef __cplusplus
}
#endif

#endif
