#include "config/endpoint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void hs_endpoint_place(const hs_endpoint *endpoint, char out[HS_PLACE_SIZE])
{
    bool in_brackets = strchr(endpoint->host, ':') != NULL; /* IPv6 */
    if (endpoint->path[0] != '\0')
        snprintf(out, HS_PLACE_SIZE, "%s", endpoint->path);
    else
        snprintf(out, HS_PLACE_SIZE, in_brackets ? "[%s]:%d" : "%s:%d", endpoint->host,
                 endpoint->port);
}
