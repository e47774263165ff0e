/*
 * hisession: web sessions in Redis.
 *
 *     session_store *store;
 *     session *s;
 *     session_store_open("redis://127.0.0.1:6379", NULL, &store, NULL, 0);
 *     session_create(store, "{\"user\":\"ada\"}", &s);
 *     printf("%s\n", session_id(s));
 *     session_free(s);
 *     session_store_close(store);
 *
 * These hold for every function here:
 *
 * Results. A call that can fail returns SESSION_OK (0) or one of the negative
 * codes of codes.h; each comment lists every code its function can return.
 * Outputs are written only on SESSION_OK.
 *
 * Ownership. Inputs are borrowed for the call and copied where they are kept.
 * What a function hands out through a pointer is freed with the one _free or
 * _close of its type; each of those accepts NULL. Strings that are returned
 * stay the library's; each comment says for how long they are valid.
 *
 * Mistakes. An object that was freed, or is of another type, is noticed as far
 * as memory allows: a call that can fail returns SESSION_INVALID, others return
 * what they return for NULL, and a _free or _close ends the program by abort(),
 * without a message, before it can corrupt the heap. Nothing else aborts.
 *
 * Threads. A store may be used by any number of threads at once. A session or
 * an options object belongs to one thread at a time. pthread_cancel() takes
 * effect after a call that talks to Redis, not within it, so that it leaves no
 * other thread waiting. Threads whose cancellation is asynchronous must not
 * make calls.
 *
 * Fork. A child may go on using an inherited store: it opens connections of
 * its own and never touches its parent's. A fork while other threads are
 * inside the library is safe for the store; a session that another thread was
 * using at that moment must not be used in the child.
 *
 * Blocking. A call that talks to Redis returns within the store's `deadline`
 * (1 s by default), waiting for a connection, name lookup, connecting,
 * authentication and retries included. All other calls do not block.
 *
 * Strings are NUL-terminated UTF-8. Times are Unix milliseconds.
 */
#ifndef HISESSION_SESSION_H
#define HISESSION_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "hisession/codes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of this header, 0xMMmmpp for major, minor, patch; that of the
 * library is session_version_number(). In 0.x a change of the minor version may
 * rename things; the numbers of codes never change.
 */
#define SESSION_VERSION_NUMBER 0x000100

typedef struct session_options session_options;
typedef struct session_store session_store;
typedef struct session session;
typedef struct session_list session_list;

/* Levels of the log callback. */
enum session_log_level {
    SESSION_LOG_ERROR = 1,
    SESSION_LOG_WARNING = 2,
    SESSION_LOG_INFO = 3
};

/* Lengths in characters, the ending NUL not counted. */
enum session_lengths {
    SESSION_ID_LENGTH = 43, /* of ids made here; with compat=express others' have 16
                               to 128 */
    SESSION_HANDLE_LENGTH = 22
};

/* The same, for callers that cannot read constants from a header. */
SESSION_API size_t session_id_length(void);
SESSION_API size_t session_handle_length(void);

/* ---- The version -------------------------------------------------------- */

/* The library's version, such as "0.1.0". Static. */
SESSION_API const char *session_version(void);

/*
 * The same as a number, as SESSION_VERSION_NUMBER, which it differs from if the
 * program was compiled with the header of another version.
 */
SESSION_API int session_version_number(void);

/* ---- Options ----------------------------------------------------------- */

/*
 * Makes an options object in which every option has its default.
 * Returns: OK, INVALID (out is NULL), NO_MEMORY.
 */
SESSION_API int session_options_new(session_options **out);

/*
 * Sets one option from text. Durations are a whole number and one of the
 * units ms, s, m, h, d ("30m"); sizes a whole number of bytes, or with k or m
 * (1024 and 1024*1024); switches "on" or "off".
 *
 *     ttl               1ms to 3650d  idle timeout                  (24h)
 *     lifetime          1ms to 3650d  absolute timeout, >= ttl      (30d)
 *     touch_interval    0ms to ttl    least time between extensions
 *                                     (a tenth of ttl, at most 60s)
 *     touch_on_get      on, off       a get counts as activity      (on)
 *     regenerate_grace  0ms to 10m    how long an old id reads on
 *                                     (10s; 0s, and no other, with compat=express)
 *     on_conflict       merge, fail   see session_save()            (merge)
 *     max_size          256 to 16m    largest stored session        (64k)
 *     compat            none, express share sessions with Node      (none)
 *     protection        none, sealed  see below                     (none)
 *     key               the key of sealed sessions, 64 hex digits   (none)
 *     old_keys          1 to 4 former ones, comma-separated         (none)
 *     prefix            0 to 64 characters from ! to ~, no braces    (sess:)
 *     deadline          1ms to 1h     longest any call may take     (1s)
 *     connect_timeout   1ms to 1h     longest one connect may take  (300ms)
 *     pool_size         1 to 1024     most connections              (16)
 *     idle_timeout      0ms to 1d     connections unused for so long are
 *                                     closed by the next call, 0 for never (60s)
 *     events            on, off       tell of what calls did, see
 *                                     hisession/events.h            (off)
 *     user_limit        0 to 1000     most sessions of one user, 0 for any
 *                                     number                        (0)
 *     user_limit_policy evict_oldest, refuse
 *                                     who makes room at the limit: the session
 *                                     created first, or nobody      (evict_oldest)
 *
 * With compat=express the sessions are shared with a Node application that uses
 * express-session and connect-redis (prefix and database alike): ids of 16 to
 * 128 characters are taken; every record that is written has the object
 * `cookie` that express needs, which is a field like any other to read, but
 * cannot be set; nor can fields that express-session would drop: req, id, touch,
 * resetMaxAge, save, reload, destroy, regenerate, and the names that every
 * JavaScript object has (constructor, toString, __proto__, ...).
 *
 * With protection=sealed Redis holds hashes of the ids, and sessions that are
 * encrypted, with their id and the key: who reads Redis can neither use nor read
 * one, who writes to it can neither forge, swap nor prolong one. A key is 32
 * random bytes; texts, and bytes that repeat themselves, are refused. To change
 * it, make it an old key everywhere, with the new one as `key` (first, where
 * servers are changed one by one, the other way round); sessions that an old key
 * sealed are read, and sealed with `key` by their next save. Without their key
 * they are NOT_FOUND or CORRUPT. Sealed sessions are a third larger, which
 * max_size, at least 1k here, includes; compat must be none.
 *
 * A refused call changes nothing and leaves its reason in
 * session_options_error(). Options that depend on each other are checked by
 * session_store_open().
 * Returns: OK, INVALID (NULL, unknown name, value not allowed), NO_MEMORY, CRYPTO.
 */
SESSION_API int session_options_set(session_options *options, const char *name,
                                    const char *value);

/*
 * Why the last session_options_set() was refused, in one line that names the
 * option; "" if it was not, or options is NULL. Valid until the next set or
 * free.
 */
SESSION_API const char *session_options_error(const session_options *options);

/*
 * What options there are: of the index-th one, from 0, its name, its default as
 * session_options_set() takes it ("" for one that has none, or that follows from
 * others), and what it means in one line. Static; NULL for an index past the
 * last one.
 */
SESSION_API const char *session_option_name(size_t index);
SESSION_API const char *session_option_default(size_t index);
SESSION_API const char *session_option_help(size_t index);

/*
 * Has `log` called with each message of stores opened with these options;
 * NULL, the default, keeps them silent. `level` is a SESSION_LOG_...; `text`
 * is one line, valid for the call, and never holds an id, a key, a field's
 * value, a user's name or a password; `user` is handed through. The callback runs
 * on the thread that made the library call, several at once if several threads
 * call; it must not call back into the library.
 *
 * What is wrong with a server is told when it begins, with the server's address (or
 * its socket's path) and what the system, the resolver or the server said, and once
 * more, as SESSION_LOG_INFO, when it is over: however many calls and threads meet it,
 * and at most once a second for each cause. What only the set-up can mend is a
 * SESSION_LOG_ERROR, what may pass a SESSION_LOG_WARNING.
 * Returns: OK, INVALID (options is NULL).
 */
SESSION_API int session_options_set_logger(session_options *options,
                                           void (*log)(int level, const char *text,
                                                       void *user),
                                           void *user);

/* Frees the options; stores opened with them keep their copy. NULL is fine. */
SESSION_API void session_options_free(session_options *options);

/* ---- Stores ------------------------------------------------------------ */

/*
 * Opens a store. The URL is one of
 *
 *     redis://[user:password@]host[:port][/database][?option=value&...]
 *     unix://[user:password@]/path/to/socket[?database=N&option=value&...]
 *
 * where user, password and path may use %XX escapes, an IPv6 address stands in
 * brackets, and the query sets options over those of `options`, which may be
 * NULL for the defaults and stays the caller's. "redis://:password@host" has a
 * password and no user.
 *
 * Nothing is sent yet: the first call connects, so a program can start before
 * its Redis, and a wrong password shows as AUTH on that call. A refused one is
 * tried again once a second at most.
 *
 * If errbuf is not NULL and errbuf_size not 0, a failed call leaves one line
 * of text there, cut to fit, always NUL-terminated, without the password.
 * Returns: OK, INVALID (NULL argument, unknown option or value not allowed in
 * the query), CONFIG (not a URL we know, or options that contradict each
 * other), NO_MEMORY, CRYPTO, SYSTEM.
 */
SESSION_API int session_store_open(const char *url, const session_options *options,
                                   session_store **out, char *errbuf, size_t errbuf_size);

/*
 * Tries whether a store can work, which its opening does not tell: connects, logs in,
 * selects the database, and runs each command that the store's options need, on a key
 * of its own below the prefix that it removes again. Nothing else is changed. For the
 * start of a program, and for health checks.
 *
 * If errbuf is not NULL and errbuf_size not 0, it holds one line afterwards, cut to
 * fit: "" on OK, else what was refused and how the server began its refusal, or why
 * there is no connection ("connect 127.0.0.1:6379: Connection refused"; "ZADD: NOPERM:
 * the user may not run ZADD"). It never holds a password or a user's name.
 *
 * The first check of a store that comes to OK also warns, through the logger, of
 * settings by which sessions end too early or come back, if the user may run INFO.
 * Returns: OK, INVALID (store is NULL), UNAVAILABLE, FULL, DEGRADED, CONFIG (the
 * server refuses the database, or lacks a command), AUTH (a wrong password, or a right
 * that is missing), PROTOCOL, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_store_check(session_store *store, char *errbuf,
                                    size_t errbuf_size);

/*
 * Closes the store: no call that takes it may be running or follow. Sessions and
 * events objects that came from it work on, saves included, and keep its
 * connections until the last of them is freed; a list needs no store. Does not
 * block. NULL is fine.
 */
SESSION_API void session_store_close(session_store *store);

/*
 * Creates a session in Redis and hands it out. `fields_json` is one JSON
 * object that holds the first fields, or NULL for none.
 *
 * If an answer is lost the call tries again with a new id, and blocks the first
 * one, which nobody has got.
 * Returns: OK, INVALID (NULL, or fields_json is not a strict JSON object, see
 * session_set_json(), or has a name that cannot be set), TOO_BIG, UNAVAILABLE,
 * UNKNOWN, FULL, DEGRADED, CONFIG, AUTH, PROTOCOL, NO_MEMORY, CRYPTO, SYSTEM.
 */
SESSION_API int session_create(session_store *store, const char *fields_json,
                               session **out);

/*
 * Reads a session. With touch_on_get the read counts as activity: if an
 * extension is due (see session_touch()) it is sent too; whether that works
 * does not change the result.
 *
 * `id` may come from a stranger. Anything but 43 characters of base64url (16 to
 * 128 with compat=express) is refused before anything is sent.
 * Returns: OK, INVALID (NULL), BAD_ID, NOT_FOUND, TOO_BIG (the record in Redis
 * is over max_size), UNAVAILABLE, DEGRADED, CONFIG, AUTH, CORRUPT, PROTOCOL,
 * NO_MEMORY, SYSTEM.
 */
SESSION_API int session_get(session_store *store, const char *id, session **out);

/*
 * The same, but never as activity: for what runs by itself, such as a page that asks
 * for news, and must not keep its user logged in.
 * Returns: as session_get().
 */
SESSION_API int session_peek(session_store *store, const char *id, session **out);

/*
 * Marks a session as active: its idle timeout starts again, but never runs past
 * the absolute one. Within touch_interval of the last extension, and for an id
 * that was regenerated, it only checks that the session is there.
 * Returns: OK, INVALID (NULL), BAD_ID, NOT_FOUND, TOO_BIG, UNAVAILABLE,
 * DEGRADED, CONFIG, AUTH, CORRUPT, PROTOCOL, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_touch(session_store *store, const char *id);

/*
 * Ends a session under all ids that it had and has; an old id leads to it for 10
 * minutes after regenerate_grace. OK: Redis confirmed its end, and nothing brings it
 * back. NOT_FOUND: nobody can use this id, because it ended before or never was one; to
 * a user both are "logged out". On UNKNOWN it may live on: call again, or tell the user
 * that the logout failed.
 * Returns: OK, INVALID (NULL), BAD_ID, NOT_FOUND, UNAVAILABLE, UNKNOWN, DEGRADED,
 * CONFIG, AUTH, CORRUPT (another program spoilt what says where it went), PROTOCOL,
 * NO_MEMORY, SYSTEM.
 */
SESSION_API int session_destroy(session_store *store, const char *id);

/*
 * Makes a session in memory only: it has no id, and nothing is stored, until
 * its first session_save() or session_regenerate(). For visitors who may never
 * need one.
 * Returns: OK, INVALID (NULL), NO_MEMORY.
 */
SESSION_API int session_new(session_store *store, session **out);

/* ---- A session --------------------------------------------------------- */

/*
 * Stores what was changed since the session was read. With nothing changed,
 * nothing is sent. A save counts as activity and starts the idle timeout again.
 *
 * The write happens only if Redis still holds what was read:
 *   - the session was destroyed meanwhile: NOT_FOUND; no save brings one back;
 *   - it moved to another id meanwhile: MOVED. Who moved it tells the browser; do
 *     nothing, or ask again with the new cookie;
 *   - someone else saved meanwhile: the fields changed here are written over
 *     theirs and all their other fields are taken over, so that of one field with
 *     two writers the last one's value stays; with on_conflict=fail the result is
 *     CONFLICT, and session_reload() takes theirs.
 *
 * A session whose user was changed by session_set_user() moves to a new id, as
 * session_regenerate() does: send its cookie again. If it had a user before, its old id
 * ends at once.
 *
 * After a failure the changes are still in the session and it may be saved again;
 * after UNKNOWN or PROTOCOL too: what did arrive is then recognised, and finished.
 * Returns: OK, INVALID (NULL), NOT_FOUND (also if session_destroy_user() came in
 * between), MOVED, CONFLICT (also with on_conflict=merge, if others kept saving
 * until the deadline), LIMIT (a user that is new to the session has user_limit
 * sessions; with evict_oldest only if so many others got in while this call was
 * under way), TOO_BIG, UNAVAILABLE, UNKNOWN, FULL, DEGRADED, CONFIG, AUTH, CORRUPT,
 * PROTOCOL, NO_MEMORY, CRYPTO, SYSTEM.
 */
SESSION_API int session_save(session *s);

/*
 * The same, but CONFLICT if anybody saved since the session was read, whatever
 * on_conflict says: for counters, and tokens that may be taken once. Then nothing was
 * written: session_reload(), and do it again.
 * Returns: as session_save().
 */
SESSION_API int session_save_strict(session *s);

/*
 * Reads the session again and drops what was changed and not saved; on failure
 * nothing. A session that was never saved is NOT_FOUND.
 * Returns: OK, INVALID (NULL), NOT_FOUND, MOVED, LIMIT, FULL (these three if a move
 * was UNKNOWN and is finished here), TOO_BIG, UNAVAILABLE, DEGRADED, CONFIG, AUTH,
 * CORRUPT, PROTOCOL, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_reload(session *s);

/*
 * Moves the session to a new id and saves what was changed. Call it whenever
 * someone logs in or gains rights, so that an id planted before that is worth
 * nothing. created_at and the absolute timeout stay as they are. A session that
 * was never saved has no id yet: it is saved.
 *
 * The old id reads on for regenerate_grace, as the session was before the
 * changes, so that requests under way do not fail, unless it was another user's; it
 * can no longer be saved or extended: that is MOVED. On failure the session keeps its old
 * id and its changes. After UNKNOWN it may have moved: the same call again finds out and
 * finishes it, as session_save() and session_reload() do.
 * Returns: OK, INVALID (NULL), NOT_FOUND (ended), MOVED (regenerated by someone
 * else), CONFLICT, LIMIT, TOO_BIG, UNAVAILABLE, UNKNOWN, FULL, DEGRADED,
 * CONFIG, AUTH, CORRUPT, PROTOCOL, NO_MEMORY, CRYPTO, SYSTEM.
 */
SESSION_API int session_regenerate(session *s);

/*
 * Wipes and frees the session in memory; the one in Redis stays. The last one of a
 * store that was closed closes its connections. Does not block. NULL is fine.
 */
SESSION_API void session_free(session *s);

/*
 * The id, NULL for a session that was never saved or is NULL itself. It is a
 * secret: who has it is logged in. Valid until the next save or regenerate,
 * or free.
 */
SESSION_API const char *session_id(const session *s);

/*
 * The handle: a name for the session that gives no access to it. It may be
 * shown, logged and put into a page; nobody gets from it to the id. Always the
 * same for the same id, whichever program asks. 22 characters of base64url;
 * NULL for a session that was never saved or is NULL itself. Valid until the
 * next save, reload or regenerate, or free.
 */
SESSION_API const char *session_handle(session *s);

/*
 * All fields as one compact JSON object, in their order, "{}" if there are
 * none. NULL if s is NULL or memory ran out. Valid until the session is next
 * changed, saved, reloaded, regenerated or freed.
 */
SESSION_API const char *session_json(session *s);

/*
 * When the session was created; 0 for one that was never saved, or that
 * another program wrote without saying so, or for NULL.
 */
SESSION_API int64_t session_created_at(const session *s);

/*
 * When the session ends if nobody touches it, as of the last call that read or
 * wrote it; 0 for one that was never saved, or whose key has no expiry, or for
 * NULL.
 */
SESSION_API int64_t session_expires_at(const session *s);

/* ---- Fields ------------------------------------------------------------ */

/*
 * Set a field, in memory, until session_save(). A field's name is 1 to 255
 * bytes of UTF-8; "_" is reserved, and more with compat=express (see
 * session_options_set()). A session holds at most 1024 fields, removed ones not
 * counted. What another program stored under a name that cannot be set can be
 * read and removed. A bool is true for any value but 0.
 * Returns: OK, INVALID (NULL, bad name, one field too many, value not UTF-8 or
 * not finite), NO_MEMORY.
 */
SESSION_API int session_set_string(session *s, const char *field, const char *value);
SESSION_API int session_set_int(session *s, const char *field, int64_t value);
SESSION_API int session_set_double(session *s, const char *field, double value);
SESSION_API int session_set_bool(session *s, const char *field, int value);

/*
 * Sets a field to one JSON value of any type. JSON is taken strictly: no
 * repeated names, no \u0000, valid UTF-8 and surrogates, nesting up to 32
 * levels counting the session itself, at most 1024 members in one object,
 * numbers within a double's range, nothing after the value.
 * Returns: OK, INVALID (NULL, bad name, one field too many, or not one strict
 * JSON value), NO_MEMORY.
 */
SESSION_API int session_set_json(session *s, const char *field, const char *json);

/*
 * The two with a length in bytes, for languages whose strings may hold a NUL: one
 * within it is refused, so that "admin\0x" is never taken for "admin". What
 * follows the length is not read.
 * Returns: OK, INVALID (NULL, a NUL, bad name, one field too many, value not UTF-8
 * or not one strict JSON value), NO_MEMORY.
 */
SESSION_API int session_set_string_n(session *s, const char *field, const char *value,
                                     size_t length);
SESSION_API int session_set_json_n(session *s, const char *field, const char *json,
                                   size_t length);

/*
 * Reads a string. It is valid until the field is next set or removed, or the
 * session is saved, reloaded, regenerated or freed; it holds no NUL. The second
 * also gives its length in bytes, the ending NUL not counted.
 * Returns: OK, INVALID (NULL), NO_FIELD, TYPE (not a string), NO_MEMORY.
 */
SESSION_API int session_get_string(session *s, const char *field, const char **out);
SESSION_API int session_get_string_n(session *s, const char *field, const char **out,
                                     size_t *length);

/*
 * Reads a whole number that is written without point or exponent.
 * Returns: OK, INVALID (NULL), NO_FIELD, TYPE (no such number, or beyond 64 bits).
 */
SESSION_API int session_get_int(session *s, const char *field, int64_t *out);

/*
 * Reads any number of up to 63 characters, whatever the program's locale.
 * Returns: OK, INVALID (NULL), NO_FIELD, TYPE (no number, or a longer one),
 * NO_MEMORY.
 */
SESSION_API int session_get_double(session *s, const char *field, double *out);

/*
 * Reads true or false as 1 or 0.
 * Returns: OK, INVALID (NULL), NO_FIELD, TYPE (neither).
 */
SESSION_API int session_get_bool(session *s, const char *field, int *out);

/*
 * Gives any value as JSON, byte for byte as it is stored; valid as long as a
 * string of session_get_string().
 * Returns: OK, INVALID (NULL), NO_FIELD, NO_MEMORY.
 */
SESSION_API int session_get_json(session *s, const char *field, const char **out);

/*
 * Removes a field, in memory, until session_save().
 * Returns: OK, INVALID (NULL), NO_FIELD.
 */
SESSION_API int session_remove(session *s, const char *field);

/* 1 if the session has the field, with whatever value, else 0; 0 for NULL. */
SESSION_API int session_has(const session *s, const char *field);

/* ---- Users ------------------------------------------------------------- */

/*
 * Says whose session it is, from its next session_save() or
 * session_regenerate() on; NULL or "" for nobody's. A user is 1 to 255 bytes of
 * UTF-8. With that save the session is on the user's list, and user_limit holds. A
 * stored session gets a new id with it, so that a planted one is worth nothing.
 * Returns: OK, INVALID (s is NULL, or not a user), NO_MEMORY.
 */
SESSION_API int session_set_user(session *s, const char *user);

/*
 * The same with a length in bytes, 0 for nobody, for languages whose strings may
 * hold a NUL: one within it is refused, so that "admin\0x" is never taken for
 * "admin".
 * Returns: OK, INVALID (s is NULL, a NUL, or not a user), NO_MEMORY.
 */
SESSION_API int session_set_user_n(session *s, const char *user, size_t length);

/*
 * The session's user, NULL if it has none, s is NULL or memory ran out. Valid
 * until the user is set, or the session saved, reloaded, regenerated or freed.
 */
SESSION_API const char *session_user(session *s);

/*
 * What the user's list is to say of the device that uses the session: a label,
 * such as its User-Agent, and an address; NULL or "" for unknown. Both may come
 * from a stranger and be anything: they are cut to 512 and 64 bytes, at a whole
 * character, and each control character, and each byte that is no UTF-8, becomes
 * a space. Stored in the list, not in the session, by the next save or regenerate
 * of a session that has a user; kept by later ones.
 * Returns: OK, INVALID (s is NULL), NO_MEMORY.
 */
SESSION_API int session_set_device(session *s, const char *label, const char *address);

/*
 * The sessions of a user that are alive, the last created first; an empty list
 * if there are none. None that is alive is missing, unless Redis lost the list: it
 * grows back as sessions are used.
 * Returns: OK, INVALID (NULL or not a user), TOO_BIG, UNAVAILABLE, DEGRADED,
 * CONFIG, AUTH, CORRUPT, PROTOCOL, NO_MEMORY, SYSTEM.
 */
SESSION_API int session_list_user(session_store *store, const char *user,
                                  session_list **out);

/* How many sessions are on the list; 0 for NULL. */
SESSION_API size_t session_list_count(const session_list *list);

/*
 * What the list says of its index-th session: its handle, as session_handle();
 * the label and the address that were set, "" if none; when it became this
 * user's; when it was last active, to within touch_interval; when it ends if
 * nobody touches it, 0 for never. NULL or 0 if there is no such index. Strings
 * are valid as long as the list.
 */
SESSION_API const char *session_list_handle(const session_list *list, size_t index);
SESSION_API const char *session_list_label(const session_list *list, size_t index);
SESSION_API const char *session_list_address(const session_list *list, size_t index);
SESSION_API int64_t session_list_created_at(const session_list *list, size_t index);
SESSION_API int64_t session_list_seen_at(const session_list *list, size_t index);
SESSION_API int64_t session_list_expires_at(const session_list *list, size_t index);

/* Wipes and frees a list. NULL is fine. */
SESSION_API void session_list_free(session_list *list);

/*
 * Ends one session of a user, named by its handle, where it moved to, if it did.
 * Returns: OK, INVALID (NULL or not a user), NOT_FOUND (the user has no such
 * session), and as session_destroy_user(), BAD_ID excepted.
 */
SESSION_API int session_destroy_handle(session_store *store, const char *user,
                                       const char *handle);

/*
 * Ends all sessions that a user has when it is called, but the one with the id
 * `except_id`, or an old id as in session_destroy(), unless that is NULL. OK: Redis
 * confirmed the end of each, whatever id it moved to meanwhile; a login under way fails
 * with NOT_FOUND, or counts as later and stays. `destroyed`, which may be NULL, is how
 * many there were. On any other code some may be gone and others not: call again.
 * Returns: OK, INVALID (NULL or not a user), BAD_ID (except_id), TOO_BIG,
 * UNAVAILABLE, UNKNOWN, DEGRADED, CONFIG, AUTH, CORRUPT, PROTOCOL, NO_MEMORY,
 * SYSTEM.
 */
SESSION_API int session_destroy_user(session_store *store, const char *user,
                                     const char *except_id, int64_t *destroyed);

#ifdef __cplusplus
}
#endif

#endif
