/* The pages, one function each: everything that people see. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "reply.h"

enum MHD_Result page_front(struct request *r);

/* `alert`, NULL for none, says what went wrong; `retry_after` in seconds, 0: at once. */
enum MHD_Result page_login(struct request *r, unsigned status, const char *alert,
                           int retry_after);
enum MHD_Result page_signed_out(struct request *r);
enum MHD_Result page_account(struct request *r);

/* Another tab changed the note meanwhile: shows both. */
enum MHD_Result page_note_conflict(struct request *r);
enum MHD_Result page_devices(struct request *r, const session_list *devices);

/*
 * Says what the form that was posted will do, asks for the password once more, and
 * then posts that form again.
 */
enum MHD_Result page_confirm(struct request *r, unsigned status, const char *alert,
                             int retry_after);

/* A plain page that says what is wrong. `extras` may be NULL. */
enum MHD_Result page_error(struct request *r, unsigned status, const char *title,
                           const char *text, const struct extras *extras);

/*
 * The page for a code that is not OK, unless it is an outcome that the caller deals
 * with. It never takes the cookie back, because trouble must log nobody out.
 */
enum MHD_Result page_trouble(struct request *r, int code);

/* ---- What pages are made of ---- */

/*
 * Begins a page, up to its main heading; page_end() sends it. A page with an icon
 * is one narrow column in the middle, one without (NULL) is wide. False if memory
 * ran out. The page must stay where it is until its end.
 */
bool page_open(struct page *page, struct request *r, const char *title, const char *icon);
enum MHD_Result page_end(struct request *r, struct page *page, unsigned status,
                         const struct extras *extras);

/* A form with this visitor's token. The caller closes it. */
void page_form(struct request *r, FILE *out, const char *action);

/* Prints what went wrong, in a box above a form; nothing for NULL. */
void page_alert(FILE *out, const char *alert);

#endif
