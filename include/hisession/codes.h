/*
 * hisession: the result codes of every call, and what they are called. This header
 * comes with session.h.
 */
#ifndef HISESSION_CODES_H
#define HISESSION_CODES_H

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SESSION_API
#define SESSION_API
#endif

/*
 * Result codes, in hundreds by category. The numbers never change. A code that
 * no function lists is kept for a later version. Functions return and take int,
 * because a newer library may return codes that this header does not have.
 */
enum session_code {
    SESSION_OK = 0,

    /* 1: the caller's input was refused; nothing was sent, nothing changed. */
    SESSION_INVALID = -101, /* an argument is NULL, malformed or out of range */
    SESSION_BAD_ID = -102,  /* not a session id: wrong length or alphabet */
    SESSION_TOO_BIG = -103, /* the stored session would be, or is, over max_size */
    SESSION_TYPE = -104,    /* the field holds another type */
    SESSION_BUFFER = -105,  /* the caller's buffer is too small */

    /* 2: expected outcomes. */
    SESSION_NOT_FOUND = -201, /* Redis says: no such session, or it ended */
    SESSION_NO_FIELD = -202,  /* the session has no such field */
    SESSION_CONFLICT = -203,  /* someone else saved meanwhile; nothing written */
    SESSION_LIMIT = -204,     /* a limit on the number of sessions was reached */
    SESSION_MOVED = -205,     /* it goes on under a new id, in another answer */
    SESSION_AMBIGUOUS = -206, /* two cookies of one name that differ */

    /* 3: the server is in trouble; the same call may work later. */
    SESSION_UNAVAILABLE = -301, /* not applied: unreachable, loading or busy */
    SESSION_UNKNOWN = -302,     /* sent, answer lost: it may be applied */
    SESSION_FULL = -303,        /* not applied: Redis is out of memory */
    SESSION_DEGRADED = -304,    /* not applied: Redis refuses writes for now */

    /* 4: set-up or data. */
    SESSION_CONFIG = -401,   /* the URL, the options or the server are not right */
    SESSION_AUTH = -402,     /* wrong password, or the user lacks a right */
    SESSION_TLS = -403,      /* the TLS connection could not be trusted */
    SESSION_CORRUPT = -404,  /* what Redis holds is not a valid session */
    SESSION_PROTOCOL = -405, /* the answer makes no sense; a write may be applied */

    /* 5: this process. */
    SESSION_NO_MEMORY = -501,
    SESSION_CRYPTO = -502, /* no secure random numbers: nothing is created */
    SESSION_SYSTEM = -503  /* the system refused a socket or a thread */
};

/* The categories that session_error_category() returns. */
enum session_category {
    SESSION_CATEGORY_NONE = 0,
    SESSION_CATEGORY_CALLER = 1,
    SESSION_CATEGORY_EXPECTED = 2,
    SESSION_CATEGORY_SERVER = 3,
    SESSION_CATEGORY_SETUP = 4,
    SESSION_CATEGORY_LOCAL = 5
};

/*
 * The code's name without its prefix, such as "NOT_FOUND"; "OK" for 0 and
 * "UNRECOGNIZED" for a number that is no code. Static; never NULL.
 */
SESSION_API const char *session_error_name(int code);

/* One English sentence for people. Static; never NULL. */
SESSION_API const char *session_error_text(int code);

/*
 * The category, SESSION_CATEGORY_..., of a code: also of codes that a newer
 * version of the library may add. SESSION_CATEGORY_NONE for 0.
 */
SESSION_API int session_error_category(int code);

/*
 * The code with this name, as session_error_name() spells it, for callers
 * that cannot read constants from a header. 1, which is no code, for an
 * unknown name or NULL.
 */
SESSION_API int session_error_code(const char *name);

/*
 * Enumerates the codes in the order of this header: the one that follows `code`,
 * so that 0 gives the first one that is an error; 0 for the last one, and for a
 * number that is no code.
 *
 *     for (int code = session_error_next(0); code != 0; code = session_error_next(code))
 *         printf("%d %s\n", code, session_error_name(code));
 */
SESSION_API int session_error_next(int code);

#ifdef __cplusplus
}
#endif

#endif
