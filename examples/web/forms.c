#include "forms.h"

#include <stdlib.h>
#include <string.h>

#include "login.h"
#include "pages.h"
#include "visitor.h"

enum { MOST_NOTE = 8000, MOST_TRIES = 20 };

/* ---- The session's data ---- */

/* No code of the library's: the note is not the one that was edited. */
enum { NOTE_CHANGED = 1 };

static int change_note(struct request *r)
{
    int64_t revision = 0;
    session_get_int(r->session, "revision", &revision);
    if (strtoll(request_field(r, FIELD_REVISION), NULL, 10) != revision)
        return NOTE_CHANGED;
    int code = session_set_int(r->session, "revision", revision + 1);
    if (code == SESSION_OK)
        code = session_set_string(r->session, "note", request_field(r, FIELD_NOTE));
    return code;
}

static int change_count(struct request *r)
{
    int64_t count = 0;
    session_get_int(r->session, "count", &count);
    return session_set_int(r->session, "count", count + 1);
}

/*
 * Changes the session and saves it. If another tab saved in between, the change
 * is made again, to what that one left: so nothing of either is lost.
 */
static int save(struct request *r, int (*change)(struct request *))
{
    int code = SESSION_CONFLICT;
    for (int tries = 0; code == SESSION_CONFLICT && tries < MOST_TRIES; tries++) {
        code = change(r);
        if (code != SESSION_OK)
            return code;
        code = session_save(r->session);
        if (code == SESSION_UNKNOWN) /* if it did arrive, that is recognised */
            code = session_save(r->session);
        if (code == SESSION_CONFLICT && session_reload(r->session) == SESSION_NOT_FOUND)
            code = SESSION_NOT_FOUND;
    }
    return code;
}

static enum MHD_Result answer_save(struct request *r, int code)
{
    if (code == SESSION_OK)
        return reply_redirect(r, "/account");
    if (code == SESSION_NOT_FOUND)
        return reply_ended(r);
    if (code == SESSION_INVALID)
        return page_error(r, MHD_HTTP_BAD_REQUEST, "That cannot be saved",
                          "The note is not text in UTF-8.");
    return page_trouble(r, code == SESSION_CONFLICT ? SESSION_UNAVAILABLE : code);
}

enum MHD_Result form_note(struct request *r)
{
    if (strlen(request_field(r, FIELD_NOTE)) > MOST_NOTE)
        return page_error(r, MHD_HTTP_BAD_REQUEST, "That cannot be saved",
                          "The note is too long.");
    int code = save(r, change_note);
    return code == NOTE_CHANGED ? page_note_conflict(r) : answer_save(r, code);
}

enum MHD_Result form_count(struct request *r)
{
    return answer_save(r, save(r, change_count));
}

/* ---- Logging out ---- */

enum MHD_Result form_logout(struct request *r)
{
    int code = session_destroy(r->app->members, session_id(r->session));
    /* Not to say "you are logged out" unless Redis said so. */
    return code == SESSION_OK ? reply_goodbye(r, "/signed-out") : page_trouble(r, code);
}

enum MHD_Result devices_get(struct request *r)
{
    session_list *devices;
    int code = session_list_user(r->app->members, visitor_user(r), &devices);
    if (code != SESSION_OK)
        return page_trouble(r, code);
    enum MHD_Result result = page_devices(r, devices);
    session_list_free(devices);
    return result;
}

enum MHD_Result form_revoke(struct request *r)
{
    enum MHD_Result answer;
    const char *handle = request_field(r, FIELD_HANDLE);
    bool own = strcmp(handle, session_handle(r->session)) == 0;
    if (!own && !login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_handle(r->app->members, visitor_user(r), handle);
    if (code == SESSION_NOT_FOUND) /* it ended meanwhile, as was wanted */
        code = SESSION_OK;
    if (code != SESSION_OK)
        return page_trouble(r, code);
    return own ? reply_goodbye(r, "/signed-out")
               : reply_redirect(r, "/devices?done=device");
}

enum MHD_Result form_log_out_others(struct request *r)
{
    enum MHD_Result answer;
    if (!login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_user(r->app->members, visitor_user(r),
                                    session_id(r->session), NULL);
    return code == SESSION_OK ? reply_redirect(r, "/devices?done=others")
                              : page_trouble(r, code);
}

enum MHD_Result form_log_out_everywhere(struct request *r)
{
    enum MHD_Result answer;
    if (!login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_user(r->app->members, visitor_user(r), NULL, NULL);
    return code == SESSION_OK ? reply_goodbye(r, "/signed-out") : page_trouble(r, code);
}
