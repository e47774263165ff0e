/* Answers, with the headers that each of them needs. */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include <stdio.h>

#include "request.h"

/* A page under way: its HTML goes to `out`. */
struct page {
    FILE *out;
    char *html;
    size_t size;
};

/* What an answer has besides its page; 0 and NULL for nothing. */
struct extras {
    int retry_after; /* seconds */
    bool clear_site_data;
    bool close; /* the connection, after the answer */
    const char *location;
    const char *allow;
};

/* Sends the page and frees it. `extras` may be NULL. */
enum MHD_Result reply_page(struct request *r, struct page *page, unsigned status,
                           const struct extras *extras);

/* Sends the browser elsewhere, with a GET. */
enum MHD_Result reply_redirect(struct request *r, const char *location);

/* The same, at the end of a session: the browser deletes what it keeps of this site. */
enum MHD_Result reply_goodbye(struct request *r, const char *location);

/* The same, for a visitor whose session ended elsewhere or expired. */
enum MHD_Result reply_ended(struct request *r);

/* A file that is the same for everybody. */
enum MHD_Result reply_file(struct request *r, const char *type, const char *text);

/* Sends what `next` returns, for any time; see MHD_create_response_from_callback(). */
enum MHD_Result reply_stream(struct request *r, MHD_ContentReaderCallback next, void *cls,
                             MHD_ContentReaderFreeCallback end);

#endif
