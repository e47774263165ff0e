#include "show_redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends the arguments of redis-cli that lead to the server of a URL. */
static void server_arguments(const char *url, char *out, size_t size)
{
    const char *path = strstr(url, "unix://");
    if (path != NULL)
        snprintf(out, size, "-s '%s'", path + strlen("unix://"));
    else
        snprintf(out, size, "-u '%s'", url);
}

static void run_cli(const char *server, const char *command, const char *id)
{
    char line[1024];
    snprintf(line, sizeof line, "redis-cli --raw %s %s sess:%s", server, command, id);
    printf("  %-4s sess:%s\n       ", command, id);
    fflush(stdout);
    /* Of the line only REDIS_URL is not from here, and the user of this program set it.
     */
    if (system(line) != 0) /* NOLINT(cert-env33-c) */
        printf("(redis-cli could not be run)\n");
}

void show_redis(const char *url, const char *id)
{
    char server[512];
    server_arguments(url, server, sizeof server);
    run_cli(server, "GET", id);
    run_cli(server, "PTTL", id);
}
