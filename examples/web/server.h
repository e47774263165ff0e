/* The HTTP server: libmicrohttpd with our limits. */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "app.h"

/* Serves app->port on the loopback address, a thread per connection. NULL on failure. */
struct MHD_Daemon *server_start(struct app *app);

#endif
