#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_ARGUMENTS = 64, MOST_STARTED = 16, START_TRIES = 1000, PORT_TRIES = 20 };

/* ---- Processes ---- */

/* A copy, because a server may lie on the stack of a test that failed. */
static struct {
    pid_t pid;       /* 0 while stopped */
    char folder[64]; /* "" for a free slot */
} started[MOST_STARTED];

static void remove_folder(const char *folder)
{
    char line[128];
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    if (system(line) != 0)
        fprintf(stderr, "could not remove %s\n", folder);
}

static void kill_slot(int slot)
{
    if (started[slot].pid == 0)
        return;
    kill(started[slot].pid, SIGKILL);
    waitpid(started[slot].pid, NULL, 0);
    started[slot].pid = 0;
}

static void stop_slot(int slot)
{
    if (started[slot].folder[0] == '\0')
        return;
    kill_slot(slot);
    remove_folder(started[slot].folder);
    started[slot].folder[0] = '\0';
}

/* A test that failed did not stop its servers. */
static void stop_all(void)
{
    for (int slot = 0; slot < MOST_STARTED; slot++)
        stop_slot(slot);
}

/* The slot of a server that has this folder. */
static int take_slot(const char *folder)
{
    static pid_t owner;
    int slot = 0;
    if (owner != getpid()) {
        owner = getpid();
        atexit(stop_all);
    }
    while (slot < MOST_STARTED && started[slot].folder[0] != '\0')
        slot++;
    if (slot == MOST_STARTED)
        fail_msg("too many servers at once");
    strcpy(started[slot].folder, folder);
    return slot;
}

static const char *program(void)
{
    const char *kind = getenv("HISESSION_TEST_SERVER");
    const char *redis = getenv("HISESSION_REDIS_SERVER");
    const char *valkey = getenv("HISESSION_VALKEY_SERVER");
    if (kind != NULL && strcmp(kind, "valkey") == 0)
        return valkey != NULL ? valkey : "valkey-server";
    return redis != NULL ? redis : "redis-server";
}

static void exec_server(const server *s)
{
    const char *argv[MOST_ARGUMENTS] = {
        program(), "--port", "0", "--unixsocket", s->socket, "--dir",
        s->folder, "--save", "",  "--appendonly", "no"};
    size_t count = 11;
    if (s->bus[0] != '\0') {
        const char *const node[] = {"--bind", "127.0.0.1",      "--cluster-enabled",
                                    "yes",    "--cluster-port", s->bus};
        memcpy(argv + count, node, sizeof node);
        count += sizeof node / sizeof node[0];
    }
    for (size_t i = 0; s->arguments != NULL && s->arguments[i] != NULL; i++)
        argv[count++] = s->arguments[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int silence = open("/dev/null", O_RDWR);
    dup2(silence, STDOUT_FILENO);
    dup2(silence, STDERR_FILENO);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static int connect_socket(const server *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", s->socket);
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Answers anything but that it is loading: a password is no hindrance. */
static bool answers(const server *s)
{
    static const char ping[] = "PING\r\n";
    char reply[64] = "";
    int fd = connect_socket(s);
    if (fd < 0)
        return false;
    bool ok = write(fd, ping, strlen(ping)) > 0 &&
              read(fd, reply, sizeof reply - 1) > 0 && strncmp(reply, "-LOADING", 8) != 0;
    close(fd);
    return ok;
}

/* False if it ended at once, as it does when its port is taken. */
static bool launch_once(server *s)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    unlink(s->socket);
    s->pid = fork();
    if (s->pid == 0)
        exec_server(s);
    assert_true(s->pid > 0);
    started[s->slot].pid = s->pid;
    for (int i = 0; i < START_TRIES; i++) {
        if (answers(s))
            return true;
        if (waitpid(s->pid, NULL, WNOHANG) == s->pid) {
            s->pid = started[s->slot].pid = 0;
            break;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

/* A port that was free a moment ago: another program may take it at any time. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void launch(server *s)
{
    bool is_node = s->bus[0] != '\0';
    for (int i = 0; i < (is_node ? PORT_TRIES : 1); i++) {
        if (is_node)
            snprintf(s->bus, sizeof s->bus, "%d", free_port());
        if (launch_once(s))
            return;
    }
    fail_msg("the server did not start");
}

static void make_folder(server *s)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(s->folder, sizeof s->folder, "%s/hs.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->socket, sizeof s->socket, "%s/s", s->folder);
    snprintf(s->url, sizeof s->url, "unix://%s", s->socket);
    s->slot = take_slot(s->folder);
}

void server_start(server *s, const char *const *arguments)
{
    *s = (server){.arguments = arguments};
    make_folder(s);
    launch(s);
}

static void write_nodes(const server *s, const char *nodes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/nodes.conf", s->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(nodes, file);
    fclose(file);
}

static void own_all_slots(const server *s)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    free(SERVER_RUN(s, "CLUSTER", "ADDSLOTSRANGE", "0", "16383"));
    for (bool up = false; !up; nanosleep(&pause, NULL)) {
        char *info = SERVER_RUN(s, "CLUSTER", "INFO");
        up = strstr(info, "cluster_state:ok") != NULL;
        free(info);
    }
}

void server_start_node(server *s, const char *nodes)
{
    *s = (server){.bus = "?"};
    make_folder(s);
    if (nodes != NULL)
        write_nodes(s, nodes);
    launch(s);
    if (nodes == NULL)
        own_all_slots(s);
}

int server_listen(const server *s)
{
    char port[8] = "";
    free(SERVER_RUN(s, "CONFIG", "SET", "bind", "127.0.0.1"));
    for (bool taken = true; taken;) {
        snprintf(port, sizeof port, "%d", free_port());
        char *reply = SERVER_RUN(s, "CONFIG", "SET", "port", port);
        taken = strcmp(reply, "OK") != 0;
        free(reply);
    }
    return (int)strtol(port, NULL, 10);
}

void server_kill(server *s)
{
    kill_slot(s->slot);
    s->pid = 0;
}

void server_restart(server *s)
{
    server_kill(s);
    launch(s);
}

void server_stop(server *s)
{
    stop_slot(s->slot);
    s->pid = 0;
}

void server_pause(const server *s)
{
    int status;
    assert_true(s->pid > 0);
    kill(s->pid, SIGSTOP);
    waitpid(s->pid, &status, WUNTRACED);
}

void server_resume(const server *s)
{
    assert_true(s->pid > 0);
    kill(s->pid, SIGCONT);
}

/* ---- Commands ---- */

static void send_words(FILE *stream, const char *const *words)
{
    int count = 0;
    while (words[count] != NULL)
        count++;
    fprintf(stream, "*%d\r\n", count);
    for (int i = 0; i < count; i++)
        fprintf(stream, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
    fflush(stream);
}

static void append(char **text, const char *more)
{
    size_t length = *text != NULL ? strlen(*text) : 0;
    *text = realloc(*text, length + strlen(more) + 1);
    strcpy(*text + length, more);
}

static bool read_bulk(FILE *stream, size_t length, char **text)
{
    char *bytes = calloc(1, length + 3);
    bool whole = fread(bytes, 1, length + 2, stream) == length + 2;
    bytes[length] = '\0';
    append(text, bytes);
    free(bytes);
    return whole;
}

static bool read_reply(FILE *stream, char **text)
{
    char line[512];
    if (fgets(line, sizeof line, stream) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    long count = strtol(line + 1, NULL, 10);
    if ((line[0] == '$' || line[0] == '*') && count < 0) {
        append(text, "(nil)");
    } else if (line[0] == '$') {
        return read_bulk(stream, (size_t)count, text);
    } else if (line[0] == '*') {
        append(text, "");
        for (long i = 0; i < count; i++) {
            if (!read_reply(stream, text))
                return false;
            append(text, "\n");
        }
    } else {
        append(text, line[0] == '-' ? line : line + 1);
    }
    return true;
}

char *server_try(const server *s, const char *const *words)
{
    char *text = NULL;
    int fd = connect_socket(s);
    if (fd < 0)
        return NULL;
    FILE *stream = fdopen(fd, "r+");
    send_words(stream, words);
    if (!read_reply(stream, &text)) {
        free(text);
        text = NULL;
    }
    fclose(stream);
    return text;
}

char *server_run(const server *s, const char *const *words)
{
    char *text = server_try(s, words);
    if (text == NULL)
        fail_msg("no reply to %s", words[0]);
    return text;
}

long long server_int(const server *s, const char *const *words)
{
    char *end, *text = server_run(s, words);
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        fail_msg("%s is answered with %s", words[0], text);
    free(text);
    return value;
}

long server_calls(const server *s, const char *command)
{
    char name[64];
    char *text = SERVER_RUN(s, "INFO", "commandstats");
    snprintf(name, sizeof name, "cmdstat_%s:calls=", command);
    const char *found = strstr(text, name);
    long calls = found != NULL ? strtol(found + strlen(name), NULL, 10) : 0;
    free(text);
    return calls;
}
