/*
 * Ends connections on which a request, or its answer, takes too long in total.
 * libmicrohttpd ends those that are silent for a while; a client that sends one
 * byte now and then is never silent, and would keep its connection for ever.
 */
#ifndef WEB_DEADLINES_H
#define WEB_DEADLINES_H

#include <microhttpd.h>

struct deadlines;

/* Starts a thread that looks once a second. NULL on failure. */
struct deadlines *deadlines_start(int seconds);

/* Ends the thread and frees the rest; the server must have ended before. NULL is fine. */
void deadlines_stop(struct deadlines *deadlines);

/* For MHD_OPTION_NOTIFY_CONNECTION, with the deadlines as `cls`. */
void deadlines_on_connection(void *cls, struct MHD_Connection *connection,
                             void **socket_context,
                             enum MHD_ConnectionNotificationCode what);

/* The next step, such as the answer after the request, gets the full time again. */
void deadlines_restart(struct deadlines *deadlines, struct MHD_Connection *connection);

/* There is no deadline on this connection until the next restart. */
void deadlines_lift(struct deadlines *deadlines, struct MHD_Connection *connection);

#endif
