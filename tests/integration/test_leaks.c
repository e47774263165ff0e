/*
 * A sealed store leaves nothing behind: a child makes, uses and ends sessions,
 * and then neither its whole memory, nor what it logged, nor what Redis keeps,
 * says and tells of it holds an id, a value or the key. A plain store and a text
 * that is left on purpose show that the search would find them.
 *
 * The child is this program run anew, so that its memory never had what the
 * parent knows; it draws all secrets by itself and hands them over at the end.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "expect.h"
#include "server.h"

/* ---- Texts ---- */

typedef struct {
    char *data;
    size_t length;
} bytes;

static void add(bytes *to, const void *data, size_t length)
{
    to->data = realloc(to->data, to->length + length + 1);
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

static int contains(const bytes *in, const void *needle, size_t length)
{
    return in->data != NULL && memmem(in->data, in->length, needle, length) != NULL;
}

/* ---- What the child knows ---- */

enum { CANARY = 64, LONG_CANARY = 3000, IDS = 3 };

typedef struct {
    char key[65]; /* in hex; "" for a plain store */
    char value[CANARY + 1];
    char later[LONG_CANARY + 1]; /* longer than any first buffer */
    char field[CANARY + 1];
    char ids[IDS][SESSION_ID_LENGTH + 1];
} secrets;

static void draw(char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte;
        if (getrandom(&byte, 1, 0) != 1)
            _exit(2);
        text[i] = digits[byte & 15];
    }
    text[length] = '\0';
}

/* ---- The child ---- */

enum { FROM_PARENT = STDIN_FILENO, TO_PARENT = STDOUT_FILENO };

static const char left_on_purpose[] = "this text is left in the memory of the child";

static void must(int ok, int line)
{
    if (ok)
        return;
    dprintf(STDERR_FILENO, "child: line %d\n", line);
    _exit(2);
}
#define MUST(condition) must((condition), __LINE__)
#define MUST_OK(call) must((call) == SESSION_OK, __LINE__)

static void log_to_parent(int level, const char *text, void *user)
{
    (void)user;
    (void)level;
    MUST(write(STDERR_FILENO, text, strlen(text)) > 0);
}

/* Has the parent look at Redis before the child goes on. */
static void let_parent_look(void)
{
    char word = '.';
    MUST(write(TO_PARENT, &word, 1) == 1);
    MUST(read(FROM_PARENT, &word, 1) == 1);
}

static session_store *open_child_store(const char *url, const secrets *known)
{
    session_options *options = NULL;
    session_store *store = NULL;
    MUST_OK(session_options_new(&options));
    MUST_OK(session_options_set_logger(options, log_to_parent, NULL));
    MUST_OK(session_options_set(options, "events", "on"));
    if (known->key[0] != '\0') {
        MUST_OK(session_options_set(options, "protection", "sealed"));
        MUST_OK(session_options_set(options, "key", known->key));
    }
    MUST_OK(session_store_open(url, options, &store, NULL, 0));
    session_options_free(options);
    return store;
}

static void remember_id(secrets *known, int index, const session *s)
{
    memcpy(known->ids[index], session_id(s), sizeof known->ids[index]);
}

static void create(session_store *store, secrets *known, session **s)
{
    char fields[CANARY + 32] = "{\"first\":\"";
    strcat(fields, known->value);
    strcat(fields, "\"}");
    MUST_OK(session_create(store, fields, s));
    hs_memory_wipe(fields, sizeof fields);
    remember_id(known, 0, *s);
}

/* Reads the session in every way there is. */
static void read_all(session_store *store, secrets *known)
{
    session *s = NULL;
    const char *text;
    int64_t number;
    MUST_OK(session_get(store, known->ids[0], &s));
    MUST_OK(session_get_string(s, "first", &text));
    MUST(strcmp(text, known->value) == 0);
    MUST_OK(session_get_json(s, "first", &text));
    MUST(session_get_int(s, "first", &number) == SESSION_TYPE);
    MUST(strstr(session_json(s), known->value) != NULL);
    MUST_OK(session_touch(store, known->ids[0]));
    session_free(s);
}

/* A user and a device that nobody else is to know, events and a list that tell of them.
 */
static void log_in(session_store *store, secrets *known, session *s)
{
    session_list *list = NULL;
    MUST_OK(session_set_user(s, known->field));
    MUST_OK(session_set_device(s, known->value, known->field));
    MUST_OK(session_regenerate(s));
    remember_id(known, 1, s);
    MUST_OK(session_list_user(store, known->field, &list));
    MUST(session_list_count(list) == 1);
    MUST(strcmp(session_list_label(list, 0), known->value) == 0);
    MUST(strcmp(session_user(s), known->field) == 0);
    session_list_free(list);
}

/* Two that save the same session, so that they merge; then a new id. */
static void change_all(session_store *store, secrets *known, session *s)
{
    session *other = NULL;
    const char *text;
    MUST_OK(session_get(store, known->ids[0], &other));
    MUST_OK(session_set_string(other, known->field, known->later));
    MUST_OK(session_save(other));
    MUST_OK(session_set_string(s, "third", known->later));
    MUST_OK(session_set_string(s, "third", known->value));
    MUST_OK(session_save(s));
    MUST_OK(session_get_string(s, known->field, &text));
    MUST(strcmp(text, known->later) == 0);
    MUST_OK(session_remove(s, "first"));
    log_in(store, known, s);
    MUST(session_handle(s) != NULL);
    MUST_OK(session_reload(other));
    session_free(other);
}

/* What goes wrong leaves nothing behind either. The parent has spoilt all records. */
static void meet_errors(session_store *store, secrets *known, session *s)
{
    session *none = NULL;
    session_store *nowhere =
        open_child_store("unix:///nonexistent/socket?deadline=20ms", known);
    MUST(session_get(store, known->ids[1], &none) == SESSION_CORRUPT);
    MUST(session_reload(s) == SESSION_CORRUPT);
    MUST(session_get(nowhere, known->ids[1], &none) == SESSION_UNAVAILABLE);
    MUST(session_destroy(nowhere, known->ids[1]) == SESSION_UNAVAILABLE);
    session_store_close(nowhere);
    MUST(session_create(store, known->value, &none) == SESSION_INVALID);
    MUST_OK(session_new(store, &none));
    MUST_OK(session_set_string(none, "first", known->value));
    MUST_OK(session_save(none));
    remember_id(known, 2, none);
    MUST_OK(session_destroy(store, known->ids[2]));
    MUST_OK(session_set_string(none, "third", known->later));
    MUST(session_save(none) == SESSION_NOT_FOUND);
    session_free(none);
    MUST_OK(session_destroy(store, known->ids[1]));
    MUST(session_reload(s) == SESSION_NOT_FOUND);
}

static int be_child(const char *kind, const char *url)
{
    secrets known = {{0}, {0}, {0}, {0}, {{0}}};
    session *s = NULL;
    if (strcmp(kind, "sealed") == 0)
        draw(known.key, sizeof known.key - 1);
    draw(known.value, CANARY);
    draw(known.later, LONG_CANARY);
    draw(known.field, CANARY);
    session_store *store = open_child_store(url, &known);
    create(store, &known, &s);
    let_parent_look();
    read_all(store, &known);
    change_all(store, &known, s);
    let_parent_look();
    meet_errors(store, &known, s);
    session_free(s);
    session_store_close(store);
    MUST(write(TO_PARENT, &known, sizeof known) == (ssize_t)sizeof known);
    hs_memory_wipe(&known, sizeof known);
    let_parent_look();
    return strlen(left_on_purpose) > 0 ? 0 : 1;
}

/* ---- The parent: what is left ---- */

typedef struct {
    bytes memory;
    bytes log;
    bytes redis; /* keys, values, snapshots, the slow log */
    bytes monitor;
    secrets known;
} remains;

static void add_run(bytes *to, const server *s, const char *const *words)
{
    char *text = server_run(s, words);
    add(to, text, strlen(text));
    free(text);
}

static void add_file(bytes *to, const char *path)
{
    char part[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t length; (length = fread(part, 1, sizeof part, file)) > 0;)
        add(to, part, length);
    fclose(file);
}

/* Keys, values and a snapshot, as they are now. */
static void look_at_redis(const server *s, bytes *found)
{
    char path[128];
    char *rest = NULL;
    char *keys = SERVER_RUN(s, "KEYS", "*");
    for (char *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest)) {
        add(found, key, strlen(key));
        add_run(found, s, (const char *const[]){"GET", key, NULL});
    }
    free(keys);
    free(SERVER_RUN(s, "SAVE"));
    snprintf(path, sizeof path, "%s/dump.rdb", s->folder);
    add_file(found, path);
}

static void spoil_records(const server *s)
{
    char *rest = NULL;
    char *keys = SERVER_RUN(s, "KEYS", "*");
    for (char *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        free(SERVER_RUN(s, "SET", key, "{", "KEEPTTL"));
    free(keys);
}

static int start_monitor(const server *s)
{
    static const char command[] = "MONITOR\r\n";
    char ok[5];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", s->socket);
    assert_int_equal(
        connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    assert_int_equal(write(fd, command, strlen(command)), strlen(command));
    assert_int_equal(recv(fd, ok, sizeof ok, MSG_WAITALL), sizeof ok);
    return fd;
}

/* All that comes up to a command that the parent sends itself. */
static void read_monitor(const server *s, int fd, bytes *found)
{
    static const char last[] = "\"ECHO\" \"the end\"";
    char part[65536];
    free(SERVER_RUN(s, "ECHO", "the end"));
    while (!contains(found, last, strlen(last))) {
        ssize_t length = read(fd, part, sizeof part);
        assert_true(length > 0);
        add(found, part, (size_t)length);
    }
    close(fd);
}

/* Memory as a core would show it, and what a core leaves out. */
static void read_memory(pid_t child, bytes *found)
{
    enum { PART = 65536 };
    static char part[PART];
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        size_t start = 0, end = 0;
        char rights[5] = "";
        assert_int_equal(sscanf(line, "%zx-%zx %4s", &start, &end, rights), 3);
        if (rights[0] != 'r')
            continue;
        for (size_t at = start; at < end; at += PART) {
            size_t size = end - at < PART ? end - at : PART;
            struct iovec here = {part, size}, there = {(char *)at, size};
            ssize_t length = process_vm_readv(child, &here, 1, &there, 1, 0);
            if (length > 0)
                add(found, part, (size_t)length);
        }
    }
    fclose(maps);
}

static void read_all_of(int fd, void *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t length = read(fd, (char *)data + at, size - at);
        assert_true(length > 0);
        at += (size_t)length;
    }
}

static void let_child_go_on(int fd)
{
    assert_int_equal(write(fd, ".", 1), 1);
}

typedef struct {
    pid_t pid;
    int talk; /* its standard input and output */
    int log;  /* its standard error */
} child;

static child start_child(const char *kind, const char *url)
{
    int talk[2], log[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk), 0);
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(talk[1], FROM_PARENT);
        dup2(talk[1], TO_PARENT);
        dup2(log[1], STDERR_FILENO);
        execl("/proc/self/exe", "test_leaks", kind, url, (char *)NULL);
        _exit(127);
    }
    close(talk[1]);
    close(log[1]);
    return (child){pid, talk[0], log[0]};
}

static void end_child(const child *c, bytes *log)
{
    char part[4096];
    int status = 0;
    let_child_go_on(c->talk);
    for (ssize_t length; (length = read(c->log, part, sizeof part)) > 0;)
        add(log, part, (size_t)length);
    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    assert_int_equal(status, 0);
    close(c->talk);
    close(c->log);
}

/* Runs a child with a server of its own, and gathers what is left of it. */
static void gather(const char *kind, remains *left)
{
    static const char *const arguments[] = {"--slowlog-log-slower-than",
                                            "0",
                                            "--slowlog-max-len",
                                            "100000",
                                            "--rdbcompression",
                                            "no",
                                            NULL};
    server redis;
    char word;
    *left = (remains){0};
    server_start(&redis, arguments);
    int monitor = start_monitor(&redis);
    child c = start_child(kind, redis.url);
    for (int i = 0; i < 2; i++) {
        read_all_of(c.talk, &word, 1);
        look_at_redis(&redis, &left->redis);
        if (i == 1)
            spoil_records(&redis);
        let_child_go_on(c.talk);
    }
    read_all_of(c.talk, &left->known, sizeof left->known);
    read_all_of(c.talk, &word, 1);
    read_memory(c.pid, &left->memory);
    end_child(&c, &left->log);
    add_run(&left->redis, &redis, (const char *const[]){"SLOWLOG", "GET", "-1", NULL});
    read_monitor(&redis, monitor, &left->monitor);
    server_stop(&redis);
}

static void free_remains(remains *left)
{
    free(left->memory.data);
    free(left->log.data);
    free(left->redis.data);
    free(left->monitor.data);
}

/* ---- Searching ---- */

/* Half of a secret is as bad as the whole one. */
static int holds_part(const bytes *in, const char *secret, size_t length)
{
    const size_t part = 16;
    for (size_t at = 0; at + part <= length; at += part)
        if (contains(in, secret + at, part))
            return 1;
    return 0;
}

static int digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return (int)(strchr(digits, c) - digits);
}

/* The bytes that an id stands for, but for the last two. */
static void decode_id(const char *id, char out[30])
{
    for (int i = 0; i < 10; i++, id += 4) {
        int group =
            digit(id[0]) << 18 | digit(id[1]) << 12 | digit(id[2]) << 6 | digit(id[3]);
        out[3 * i] = (char)(group >> 16);
        out[3 * i + 1] = (char)(group >> 8);
        out[3 * i + 2] = (char)group;
    }
}

static void decode_hex(const char *hex, char out[32])
{
    for (int i = 0; i < 32; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (char)strtol(pair, NULL, 16);
    }
}

/* The names of what is in there that should not be. */
static const char *find_secret(const bytes *in, const secrets *known)
{
    char raw[32];
    if (holds_part(in, known->value, CANARY))
        return "a value";
    if (holds_part(in, known->later, LONG_CANARY))
        return "a long value";
    if (holds_part(in, known->field, CANARY))
        return "a field's name";
    for (int i = 0; i < IDS; i++) {
        decode_id(known->ids[i], raw);
        if (holds_part(in, known->ids[i], SESSION_ID_LENGTH))
            return "an id";
        if (holds_part(in, raw, 30))
            return "an id's bytes";
    }
    decode_hex(known->key, raw);
    if (known->key[0] != '\0' &&
        (holds_part(in, known->key, 64) || holds_part(in, raw, sizeof raw)))
        return "the key";
    return NULL;
}

static void expect_none(const bytes *in, const secrets *known, const char *where)
{
    const char *found = find_secret(in, known);
    if (found != NULL)
        fail_msg("%s holds %s", where, found);
}

static void test_sealed__leaves_nothing_in_memory_logs_or_redis(void **state)
{
    (void)state;
    remains left;
    gather("sealed", &left);
    expect_none(&left.memory, &left.known, "the memory");
    expect_none(&left.log, &left.known, "the log");
    expect_none(&left.redis, &left.known, "Redis");
    expect_none(&left.monitor, &left.known, "MONITOR");
    assert_true(contains(&left.memory, left_on_purpose, strlen(left_on_purpose)));
    assert_true(contains(&left.monitor, "EVALSHA", 7));
    assert_true(contains(&left.redis, "UNLINK", 6));
    assert_true(left.log.length > 0);
    free_remains(&left);
}

static void test_search__finds_what_a_plain_store_shows(void **state)
{
    (void)state;
    remains left;
    gather("plain", &left);
    assert_string_equal(find_secret(&left.redis, &left.known), "a value");
    assert_string_equal(find_secret(&left.monitor, &left.known), "a value");
    assert_true(holds_part(&left.redis, left.known.ids[1], SESSION_ID_LENGTH));
    assert_true(holds_part(&left.redis, left.known.later, LONG_CANARY));
    expect_none(&left.log, &left.known, "the log");
    free_remains(&left);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealed__leaves_nothing_in_memory_logs_or_redis),
        cmocka_unit_test(test_search__finds_what_a_plain_store_shows),
    };
    if (argc == 3)
        return be_child(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
