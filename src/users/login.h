/*
 * What a write of a session means for the list of its user: what has to be
 * done before it, after it, and if it did not happen. Nothing for a session of
 * nobody.
 */
#ifndef HISESSION_USERS_LOGIN_H
#define HISESSION_USERS_LOGIN_H

#include "base/clock.h"
#include "session/session_object.h"
#include "users/user_index.h"

typedef struct {
    session_store *store;
    hs_deadline deadline;
    char *user;                /* whose the session is to be; NULL for nobody's; owned */
    char *former;              /* whose it was when it was read */
    bool is_same;              /* both are the same user */
    const char *note;          /* what is known of the device, "" for nothing new */
    hs_user_index index;       /* the user's list */
    char id[HS_ID_SIZE];       /* the storage id that is written */
    char previous[HS_ID_SIZE]; /* the one it was read under, "" for a new session */
    int64_t life;
    bool reserved;
} hs_login;

/* OK, NO_MEMORY; hs_login_end() is due whatever the code. */
int hs_login_begin(hs_login *login, const session *s, hs_deadline deadline);
void hs_login_end(hs_login *login);

/* Whether the session's next write has to tell the list of it. */
bool hs_login_is_due(const session *s, int64_t now);

/*
 * Before `record` is written under `id`. OK, LIMIT, NOT_FOUND if the user's
 * sessions are being ended, and the codes of a failed write.
 */
int hs_login_before(hs_login *login, const char *id, const hs_record *record);

/*
 * After it was written, and its previous id was retired. NOT_FOUND: it was ended
 * meanwhile and must not stay. OK and the codes of a failed write.
 */
int hs_login_after(hs_login *login);

/* After it was certainly not written, for this reason. */
void hs_login_undo(hs_login *login, int reason);

/* ---- Without a write of the record ---- */

/* Before the life of what was read is prolonged, as hs_user_index_see(). */
int hs_login_see(session_store *store, const char *id, const hs_record *record,
                 int64_t life, hs_deadline deadline);

/* After a session is gone, of which `record` was read. What fails is no matter. */
void hs_login_forget(session_store *store, const char *id, const hs_record *record,
                     hs_deadline deadline);

#endif
