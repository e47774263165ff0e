#include "forms.h"

#include <stdlib.h>
#include <string.h>

#include "flash.h"
#include "login.h"
#include "pages.h"
#include "visitor.h"

enum { MOST_NOTE = 8000, MOST_TRIES = 20 };

/* ---- The session's data ---- */

/* Not a code of the library: the note is not the one that was edited. */
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
    if (code == SESSION_OK)
        code = flash_set(r->session, FLASH_NOTE);
    return code;
}

static int change_count(struct request *r)
{
    int64_t count = 0;
    session_get_int(r->session, "count", &count);
    int code = session_set_int(r->session, "count", count + 1);
    return code == SESSION_OK ? flash_set(r->session, FLASH_COUNT_UP) : code;
}

/*
 * Changes the session and saves it. If another tab saved in between, its session
 * is read and the change is made again, so that nothing of either is lost.
 */
static int save(struct request *r, int (*change)(struct request *))
{
    int code = SESSION_CONFLICT;
    for (int tries = 0; code == SESSION_CONFLICT && tries < MOST_TRIES; tries++) {
        code = change(r);
        if (code != SESSION_OK)
            return code;
        code = visitor_save(r->session);
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
    if (code ==
        SESSION_MOVED) /* another tab has the new cookie; this one sends it next */
        return page_error(r, MHD_HTTP_CONFLICT, "That was not saved",
                          "Another tab renewed your login at this moment. Please go back "
                          "and save again.",
                          NULL);
    if (code == SESSION_INVALID)
        return page_error(r, MHD_HTTP_BAD_REQUEST, "That cannot be saved",
                          "The note is not text in UTF-8.", NULL);
    return page_trouble(r, code == SESSION_CONFLICT ? SESSION_UNAVAILABLE : code);
}

enum MHD_Result form_note(struct request *r)
{
    if (strlen(request_field(r, FIELD_NOTE)) > MOST_NOTE)
        return page_error(r, MHD_HTTP_BAD_REQUEST, "That cannot be saved",
                          "The note is too long.", NULL);
    int code = save(r, change_note);
    return code == NOTE_CHANGED ? page_note_conflict(r) : answer_save(r, code);
}

enum MHD_Result form_count(struct request *r)
{
    return answer_save(r, save(r, change_count));
}

/* ---- Logging out ---- */

/*
 * Ends this session by its id. The list of the user's sessions is not enough for
 * that, because Redis may have evicted it. The page says "you are logged out" only
 * if Redis confirmed that nobody can use the id any more.
 */
enum MHD_Result form_logout(struct request *r)
{
    int code = session_destroy(r->app->active, session_id(r->session));
    bool is_over = code == SESSION_OK || code == SESSION_NOT_FOUND;
    return is_over ? reply_goodbye(r, "/signed-out") : page_trouble(r, code);
}

enum MHD_Result devices_get(struct request *r)
{
    session_list *devices;
    int code = session_list_user(r->app->active, visitor_user(r), &devices);
    if (code != SESSION_OK)
        return page_trouble(r, code);
    enum MHD_Result result = page_devices(r, devices);
    session_list_free(devices);
    return result;
}

static int say_device(struct request *r)
{
    return flash_set(r->session, FLASH_DEVICE);
}

static int say_others(struct request *r)
{
    return flash_set(r->session, FLASH_OTHERS);
}

/* Only the word is lost if that cannot be saved, so the page does not mention it. */
static enum MHD_Result back_to_devices(struct request *r, int (*word)(struct request *))
{
    save(r, word);
    return reply_redirect(r, "/devices");
}

enum MHD_Result form_revoke(struct request *r)
{
    enum MHD_Result answer;
    const char *handle = request_field(r, FIELD_HANDLE);
    if (strcmp(handle, session_handle(r->session)) == 0)
        return form_logout(r);
    if (!login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_handle(r->app->active, visitor_user(r), handle);
    if (code == SESSION_NOT_FOUND) /* it ended meanwhile, as was wanted */
        code = SESSION_OK;
    return code == SESSION_OK ? back_to_devices(r, say_device) : page_trouble(r, code);
}

enum MHD_Result form_log_out_others(struct request *r)
{
    enum MHD_Result answer;
    if (!login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_user(r->app->active, visitor_user(r),
                                    session_id(r->session), NULL);
    return code == SESSION_OK ? back_to_devices(r, say_others) : page_trouble(r, code);
}

enum MHD_Result form_log_out_everywhere(struct request *r)
{
    enum MHD_Result answer;
    if (!login_confirmed(r, &answer))
        return answer;
    int code = session_destroy_user(r->app->active, visitor_user(r),
                                    session_id(r->session), NULL);
    return code == SESSION_OK ? form_logout(r) : page_trouble(r, code);
}
