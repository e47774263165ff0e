/* Where Redis is, from a URL. */
#ifndef HISESSION_CONFIG_URL_H
#define HISESSION_CONFIG_URL_H

#include "config/options.h"

enum { HS_PATH_SIZE = 108, HS_HOST_SIZE = 256, HS_CREDENTIAL_SIZE = 512 };

typedef struct {
    char path[HS_PATH_SIZE]; /* of a Unix socket; empty for TCP */
    char host[HS_HOST_SIZE];
    int port;
    char user[HS_CREDENTIAL_SIZE];
    char password[HS_CREDENTIAL_SIZE];
    int64_t database;
} hs_endpoint;

/*
 * Reads a URL; its query sets options. OK, INVALID (an option), CONFIG (the
 * URL); the reason is then in options->error and holds no credentials.
 */
int hs_url_read(const char *url, session_options *options, hs_endpoint *endpoint);

#endif
