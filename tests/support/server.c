#include "server.h"

#include <errno.h>
#include <fcntl.h>
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

enum { MOST_ARGUMENTS = 64, MOST_STARTED = 16, START_TRIES = 1000 };

/* ---- Processes ---- */

static server *started[MOST_STARTED];

static void remove_folder(const char *folder)
{
    char line[128];
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    if (system(line) != 0)
        fprintf(stderr, "could not remove %s\n", folder);
}

/* A test that failed did not stop its servers. */
static void stop_all(void)
{
    for (int i = 0; i < MOST_STARTED; i++)
        started[i] = NULL; /* it may lie on a stack that is gone; it dies with us */
}

static void remember(server *s)
{
    static pid_t owner;
    if (owner != getpid()) {
        owner = getpid();
        atexit(stop_all);
    }
    for (int i = 0; i < MOST_STARTED; i++)
        if (started[i] == NULL) {
            started[i] = s;
            return;
        }
    fail_msg("too many servers at once");
}

static void forget(const server *s)
{
    for (int i = 0; i < MOST_STARTED; i++)
        if (started[i] == s)
            started[i] = NULL;
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

static void launch(server *s)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    unlink(s->socket);
    s->pid = fork();
    if (s->pid == 0)
        exec_server(s);
    for (int i = 0; i < START_TRIES; i++) {
        if (answers(s))
            return;
        if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
            break;
        nanosleep(&pause, NULL);
    }
    fail_msg("the server did not start");
}

void server_start(server *s, const char *const *arguments)
{
    const char *temporary = getenv("TMPDIR");
    *s = (server){.arguments = arguments};
    snprintf(s->folder, sizeof s->folder, "%s/hs.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->socket, sizeof s->socket, "%s/s", s->folder);
    snprintf(s->url, sizeof s->url, "unix://%s", s->socket);
    remember(s);
    launch(s);
}

void server_kill(server *s)
{
    if (s->pid == 0)
        return;
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = 0;
}

void server_restart(server *s)
{
    server_kill(s);
    launch(s);
}

void server_stop(server *s)
{
    server_kill(s);
    remove_folder(s->folder);
    forget(s);
}

void server_pause(const server *s)
{
    int status;
    kill(s->pid, SIGSTOP);
    waitpid(s->pid, &status, WUNTRACED);
}

void server_resume(const server *s)
{
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

static void read_reply(FILE *stream, char **text)
{
    char line[512];
    assert_non_null(fgets(line, sizeof line, stream));
    line[strcspn(line, "\r\n")] = '\0';
    long count = strtol(line + 1, NULL, 10);
    if ((line[0] == '$' || line[0] == '*') && count < 0) {
        append(text, "(nil)");
    } else if (line[0] == '$') {
        char *bytes = calloc(1, (size_t)count + 3);
        assert_int_equal(fread(bytes, 1, (size_t)count + 2, stream), count + 2);
        bytes[count] = '\0';
        append(text, bytes);
        free(bytes);
    } else if (line[0] == '*') {
        append(text, "");
        for (long i = 0; i < count; i++) {
            read_reply(stream, text);
            append(text, "\n");
        }
    } else {
        append(text, line[0] == '-' ? line : line + 1);
    }
}

char *server_run(const server *s, const char *const *words)
{
    char *text = NULL;
    int fd = connect_socket(s);
    assert_true(fd >= 0);
    FILE *stream = fdopen(fd, "r+");
    send_words(stream, words);
    read_reply(stream, &text);
    fclose(stream);
    return text;
}

long long server_int(const server *s, const char *const *words)
{
    char *text = server_run(s, words);
    long long value = strtoll(text, NULL, 10);
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
