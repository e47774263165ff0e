/* The pages, one function each: everything that people see. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "reply.h"

enum MHD_Result page_front(struct request *r);

/* `alert`, NULL for none, says what went wrong; `retry_after` in seconds, 0 for at once.
 */
enum MHD_Result page_login(struct request *r, unsigned status, const char *alert,
                           int retry_after);
enum MHD_Result page_signed_out(struct request *r);
enum MHD_Result page_account(struct request *r);

/* Another tab changed the note meanwhile: shows both. */
enum MHD_Result page_note_conflict(struct request *r);
enum MHD_Result page_devices(struct request *r, const session_list *devices);

/* Asks for the password once more, then posts the form that was posted. */
enum MHD_Result page_confirm(struct request *r, unsigned status, const char *alert,
                             int retry_after);

/* A plain page that says what is wrong. */
enum MHD_Result page_error(struct request *r, unsigned status, const char *title,
                           const char *text);

/* `allow` is what the address can do, as the Allow header says it. */
enum MHD_Result page_wrong_method(struct request *r, const char *allow);

/*
 * The page for a code that is not OK, other than the outcomes that a caller
 * deals with. It never takes the cookie back: trouble logs nobody out.
 */
enum MHD_Result page_trouble(struct request *r, int code);

/* ---- What pages are made of ---- */

/*
 * Begins a page, up to its main heading; page_end() sends it. False if memory ran
 * out. The page must stay where it is until then.
 */
bool page_open(struct page *page, const struct request *r, const char *title);
enum MHD_Result page_end(struct request *r, struct page *page, unsigned status,
                         const struct extras *extras);

/* A form with the session's token. The caller closes it. */
void page_form(const struct request *r, FILE *out, const char *action);

#endif
