/*
 * Real servers, private to a test: in a folder of their own, on a Unix socket,
 * never outliving the program. Every failure here fails the test.
 */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    int slot;  /* among those that run */
    pid_t pid; /* 0 while stopped */
    char folder[64];
    char socket[96];
    char url[128]; /* unix://... */
    const char *const *arguments;
    char bus[8]; /* the port of a Cluster's bus; "" for a server that is no node */
} server;

/*
 * Starts a redis-server, or a valkey-server if HISESSION_TEST_SERVER says
 * "valkey"; HISESSION_REDIS_SERVER and HISESSION_VALKEY_SERVER may hold their
 * paths. More arguments go up to a NULL and must stay. Returns when it answers.
 */
void server_start(server *s, const char *const *arguments);

/*
 * The same as a node of a Cluster: one of its own with all slots, or the one that
 * is `myself` in this nodes.conf.
 */
void server_start_node(server *s, const char *nodes);

/* Has it listen on 127.0.0.1, too; on which port. */
int server_listen(const server *s);

/* Ends it and removes its folder. */
void server_stop(server *s);

/* kill -9, and the same server again on the same socket. */
void server_kill(server *s);
void server_restart(server *s);

void server_pause(const server *s);
void server_resume(const server *s);

/*
 * Runs one command, its words up to a NULL, on a connection of its own; the
 * reply as text to free: a string or status as it is, an integer's digits,
 * "(nil)", "-..." for an error, the elements of an array one a line.
 */
char *server_run(const server *s, const char *const *words);
#define SERVER_RUN(s, ...) server_run((s), (const char *const[]){__VA_ARGS__, NULL})

/* The same for other threads than the test's: NULL if there is no reply. */
char *server_try(const server *s, const char *const *words);

/* The same, for a reply that is an integer. */
long long server_int(const server *s, const char *const *words);
#define SERVER_INT(s, ...) server_int((s), (const char *const[]){__VA_ARGS__, NULL})

/* How many times the server has run a command, such as "get". */
long server_calls(const server *s, const char *command);

#endif
