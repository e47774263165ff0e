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

enum { HS_PLACE_SIZE = HS_HOST_SIZE + 16 };

/* Where it is, for people: "host:port", "[address]:port", or the socket's path. */
void hs_endpoint_place(const hs_endpoint *endpoint, char out[HS_PLACE_SIZE]);

#endif
