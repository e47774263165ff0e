/* One HTTP request: what came with it, and what its answer will need. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "app.h"

/* The fields that our forms have; others are ignored. */
enum field {
    FIELD_CSRF,
    FIELD_USER,
    FIELD_PASSWORD,
    FIELD_NOTE,
    FIELD_REVISION,
    FIELD_HANDLE,
    FIELD_COUNT
};

struct request {
    const struct app *app;
    struct MHD_Connection *connection;
    const char *method, *path;

    struct MHD_PostProcessor *parser;
    char *fields[FIELD_COUNT]; /* NULL: not in the form */
    size_t body_size;
    bool malformed, too_big;

    session *session;   /* NULL: the visitor has none */
    bool unsure;        /* whether there is one could not be found out */
    bool token_checked; /* the form that was posted is one of ours */

    /* The cookies of the answer. */
    bool give_cookie;       /* hand out the session's id */
    bool forget_cookie;     /* take the session's cookie back */
    bool give_login_cookie; /* hand out login_id */
    char login_id[SESSION_COOKIE_ID_SIZE];
};

struct request *request_new(const struct app *app, struct MHD_Connection *connection,
                            const char *method, const char *path);
void request_free(struct request *r);

/* Takes the next piece of the body. */
void request_take(struct request *r, const char *data, size_t size);

/* A form's field, "" if it was not sent, and its name. */
const char *request_field(const struct request *r, enum field field);
const char *request_field_name(enum field field);

/* A value from the query, such as "ended" of ?why=ended; "" if it is not there. */
const char *request_query(const struct request *r, const char *name);

/* A header; "" if it was not sent. */
const char *request_header(const struct request *r, const char *name);

/* Writes the address of the visitor as text. */
void request_address(const struct request *r, char *buffer, size_t size);

#endif
