/* Where one server is, and how to log in there. */
#ifndef HISESSION_CONFIG_ENDPOINT_H
#define HISESSION_CONFIG_ENDPOINT_H

#include <stdint.h>

enum { HS_PATH_SIZE = 108, HS_HOST_SIZE = 256, HS_CREDENTIAL_SIZE = 512 };

typedef struct {
    char path[HS_PATH_SIZE]; /* of a Unix socket; empty for TCP */
    char host[HS_HOST_SIZE];
    int port;
    char user[HS_CREDENTIAL_SIZE];
    char password[HS_CREDENTIAL_SIZE];
    int64_t database;
} hs_endpoint;

#endif
