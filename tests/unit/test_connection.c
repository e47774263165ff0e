/* Batches of commands on one connection; the test plays the server. */
#include "redis/connection.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "expect.h"
#include "peer.h"
#include "threads.h"

#include "redis/dial.h"

enum { LONG_MS = 20000, REPLY_LIMIT = 1000 };

static hs_connection connection;
static int server_end;
static hs_key key;
static hs_command get; /* two replies: the value, the ttl */
static hs_reply replies[2][2];

static int begin(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    hs_connection_init(&connection, REPLY_LIMIT);
    expect_ok(hs_reader_init(&connection.reader));
    connection.fd = ends[0];
    server_end = ends[1];
    hs_key_make(&key, "sess:", "ID");
    hs_command_get(&get, &key);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hs_command_free(&get);
    hs_connection_close(&connection);
    close(server_end);
    return 0;
}

static void answer(const char *bytes)
{
    assert_int_equal(write(server_end, bytes, strlen(bytes)), strlen(bytes));
}

/* Runs a batch of these one or two calls, of which each is a GET and a PTTL. */
static hs_progress run(hs_call *calls, size_t count, int64_t ms)
{
    hs_connection_begin(&connection);
    for (size_t i = 0; i < count; i++) {
        calls[i] = (hs_call){.command = &get, .replies = replies[i]};
        hs_connection_add(&connection, &calls[i]);
    }
    return hs_connection_run(&connection, &calls[count - 1], hs_deadline_after(ms));
}

static void free_replies(void)
{
    for (size_t i = 0; i < 2; i++)
        for (size_t n = 0; n < 2; n++)
            hs_reply_free(&replies[i][n]);
}

static void test_batch__gives_each_call_its_own_replies(void **state)
{
    (void)state;
    hs_call calls[2];
    char sent[256] = "";
    answer("$1\r\na\r\n:5\r\n$-1\r\n:-2\r\n");
    assert_int_equal(run(calls, 2, LONG_MS), HS_BATCH_DONE);
    assert_int_equal(calls[0].result, HS_CALL_ANSWERED);
    assert_int_equal(calls[0].reply_count, 2);
    assert_string_equal(calls[0].replies[0].text, "a");
    assert_int_equal(calls[0].replies[1].integer, 5);
    assert_int_equal(calls[1].replies[0].kind, HS_REPLY_NIL);
    assert_int_equal(calls[1].replies[1].integer, -2);
    ssize_t length = read(server_end, sent, sizeof sent);
    assert_int_equal(length, 2 * get.bytes.length);
    assert_memory_equal(sent, get.bytes.data, get.bytes.length);
    free_replies();
}

static void test_batch__runs_on_where_it_stood_at_the_deadline(void **state)
{
    (void)state;
    hs_call call;
    answer("$1\r\na\r\n:");
    assert_int_equal(run(&call, 1, 1), HS_BATCH_TIMEOUT);
    assert_int_equal(call.reply_count, 1);
    answer("5\r\n");
    assert_int_equal(hs_connection_run(&connection, &call, hs_deadline_after(LONG_MS)),
                     HS_BATCH_DONE);
    assert_int_equal(call.result, HS_CALL_ANSWERED);
    assert_int_equal(call.replies[1].integer, 5);
    free_replies();
}

static void test_batch__ends_for_the_call_that_was_answered(void **state)
{
    (void)state;
    hs_call calls[2];
    hs_connection_begin(&connection);
    for (int i = 0; i < 2; i++) {
        calls[i] = (hs_call){.command = &get, .replies = replies[i]};
        hs_connection_add(&connection, &calls[i]);
    }
    answer("$1\r\na\r\n:5\r\n$1\r\n");
    const hs_deadline deadline = hs_deadline_after(LONG_MS);
    assert_int_equal(hs_connection_run(&connection, &calls[0], deadline), HS_BATCH_REST);
    assert_int_equal(calls[0].result, HS_CALL_ANSWERED);
    answer("b\r\n:6\r\n");
    assert_int_equal(hs_connection_run(&connection, &calls[1], deadline), HS_BATCH_DONE);
    assert_string_equal(calls[1].replies[0].text, "b");
    free_replies();
}

static void test_call__that_nobody_waits_for_leaves_its_replies_to_nobody(void **state)
{
    (void)state;
    hs_call calls[2];
    assert_int_equal(run(calls, 2, 1), HS_BATCH_TIMEOUT);
    connection.slots[0].call = NULL;
    answer("$6\r\nsecret\r\n:5\r\n$1\r\nb\r\n:6\r\n");
    assert_int_equal(
        hs_connection_run(&connection, &calls[1], hs_deadline_after(LONG_MS)),
        HS_BATCH_DONE);
    assert_int_equal(calls[0].reply_count, 0);
    assert_string_equal(calls[1].replies[0].text, "b");
    free_replies();
}

static void test_replies__that_answer_nothing_break_it(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int code;
    } rows[] = {
        {":1\r\n", SESSION_PROTOCOL},                  /* no reply to a GET */
        {"$1\r\na\r\n$1\r\nb\r\n", SESSION_PROTOCOL},  /* none to a PTTL */
        {"$1\r\na\r\n:5\r\n:6\r\n", SESSION_PROTOCOL}, /* one too many */
        {"$1\r\na\r\n:5\r\n:6", SESSION_PROTOCOL},     /* the start of one too many */
        {"HTTP/1.1 400\r\n", SESSION_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hs_call call;
        answer(rows[i].bytes);
        if (run(&call, 1, LONG_MS) != HS_BATCH_BROKEN)
            fail_msg("taken: %s", rows[i].bytes);
        expect_code(connection.broken, rows[i].code);
        free_replies();
        end(NULL);
        begin(NULL);
    }
}

static void test_reply__over_the_limit_breaks_it(void **state)
{
    (void)state;
    hs_call call;
    char text[REPLY_LIMIT + 100] = "$100000\r\n";
    memset(text + 9, 'x', sizeof text - 10);
    answer(text);
    assert_int_equal(run(&call, 1, LONG_MS), HS_BATCH_BROKEN);
    expect_code(connection.broken, SESSION_TOO_BIG);
}

static void test_end__of_the_server_breaks_it(void **state)
{
    (void)state;
    hs_call call;
    answer("$1\r\na\r\n");
    assert_int_equal(shutdown(server_end, SHUT_WR), 0);
    assert_int_equal(run(&call, 1, LONG_MS), HS_BATCH_BROKEN);
    expect_code(connection.broken, SESSION_UNAVAILABLE);
    assert_int_not_equal(call.result, HS_CALL_ANSWERED);
    assert_int_equal(call.reply_count, 1);
    free_replies();
}

static void test_quiet__is_neither_ended_nor_spoken_to(void **state)
{
    (void)state;
    assert_true(hs_connection_is_quiet(&connection));
    answer("+");
    assert_false(hs_connection_is_quiet(&connection));
    end(NULL);
    begin(NULL);
    close(server_end);
    assert_false(hs_connection_is_quiet(&connection));
}

static void test_answers__whoever_says_the_word_again_or_refuses_to(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool answers;
    } rows[] = {
        {"$9\r\nhisession\r\n", true},
        {"-NOPERM x\r\n", true},
        {":1\r\n", false},
        {"$9\r\nhisession\r\n:1\r\n", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t patience = rows[i].bytes[0] != '\0' ? LONG_MS : 10;
        answer(rows[i].bytes);
        if (hs_connection_answers(&connection, hs_deadline_after(patience)) !=
            rows[i].answers)
            fail_msg("row %zu", i);
        end(NULL);
        begin(NULL);
    }
}

/* ---- Opening ---- */

/* Puts the server in the place of "%s". */
static void insert(const char *text, const char *place, char out[HS_CAUSE_SIZE])
{
    const char *gap = strstr(text, "%s");
    if (gap == NULL)
        snprintf(out, HS_CAUSE_SIZE, "%s", text);
    else
        snprintf(out, HS_CAUSE_SIZE, "%.*s%s%s", (int)(gap - text), text, place, gap + 2);
}

static void test_greeting__of_a_server_is_why_there_is_no_connection(void **state)
{
    (void)state;
    static const struct {
        const char *greeting;
        int code;
        const char *why;
    } rows[] = {
        {"-DENIED Redis is protected.\r\n", SESSION_CONFIG,
         "connect %s: DENIED Redis is protected."},
        {"-ERR max number of clients reached\r\n", SESSION_UNAVAILABLE,
         "connect %s: ERR max number of clients reached"},
        {"SSH-2.0-x\r\n", SESSION_PROTOCOL, "%s does not speak Redis"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        peer server;
        hs_connection own;
        char text[HS_CAUSE_SIZE] = "", expected[HS_CAUSE_SIZE];
        const hs_reason why = {text, sizeof text};
        hs_endpoint endpoint = {.password = "pw"};
        peer_start(&server);
        peer_set_greeting(&server, rows[i].greeting);
        snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
        hs_connection_init(&own, REPLY_LIMIT);
        expect_code(hs_connection_open(&own, &endpoint, hs_deadline_after(LONG_MS), &why),
                    rows[i].code);
        insert(rows[i].why, server.path, expected);
        assert_string_equal(text, expected);
        peer_stop(&server);
    }
}

static void test_open__logs_in_or_says_why_not(void **state)
{
    (void)state;
    static const struct {
        const char *auth; /* NULL: it is answered well */
        int code;
        const char *why; /* %s is the server */
    } rows[] = {
        {NULL, SESSION_OK, ""},
        {"-WRONGPASS x\r\n", SESSION_AUTH, "log in to %s: WRONGPASS x"},
        {"-ERR AUTH called without any password\r\n", SESSION_AUTH,
         "log in to %s: ERR AUTH called without any password"},
        {"-LOADING x\r\n", SESSION_UNAVAILABLE, "log in to %s: LOADING x"},
        {"-WHATEVER x\r\n", SESSION_UNAVAILABLE, "log in to %s: WHATEVER x"},
        {"-DENIED x\r\n", SESSION_CONFIG, "connect %s: DENIED x"},
        {"-ERR max number of clients reached\r\n", SESSION_UNAVAILABLE,
         "connect %s: ERR max number of clients reached"},
        {":1\r\n", SESSION_PROTOCOL, "%s does not speak Redis"},
        {"HTTP/1.1 400 Bad Request\r\n", SESSION_PROTOCOL, "%s does not speak Redis"},
        {"", SESSION_UNAVAILABLE, "the connection to %s was lost: no answer in time"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        peer server;
        hs_connection own;
        hs_endpoint endpoint = {.password = "pw"};
        peer_start(&server);
        snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
        if (rows[i].auth != NULL)
            peer_set_fault(&server, (peer_fault){.command = "AUTH",
                                                 .mode = PEER_REPLACE,
                                                 .bytes = rows[i].auth,
                                                 .length = strlen(rows[i].auth),
                                                 .times = 1});
        hs_connection_init(&own, REPLY_LIMIT);
        int64_t patience = rows[i].auth != NULL && rows[i].auth[0] == '\0' ? 50 : LONG_MS;
        char text[HS_CAUSE_SIZE] = "", expected[HS_CAUSE_SIZE];
        const hs_reason why = {text, sizeof text};
        int rc = hs_connection_open(&own, &endpoint, hs_deadline_after(patience), &why);
        if (rc != rows[i].code)
            fail_msg("row %zu: %s", i, session_error_name(rc));
        insert(rows[i].why, server.path, expected);
        assert_string_equal(text, expected);
        assert_int_equal(own.fd >= 0, rc == SESSION_OK);
        hs_connection_close(&own);
        peer_stop(&server);
    }
}

/* A server that answers once it has read all of a handshake, and then ends. */
typedef struct {
    int listener;
    const char *last_word;
    const char *replies;
} late_server;

static void answer_late(worker *self)
{
    const late_server *late = self->context;
    char bytes[512] = "";
    size_t length = 0;
    int fd = accept(late->listener, NULL, NULL);
    while (strstr(bytes, late->last_word) == NULL) {
        ssize_t n = read(fd, bytes + length, sizeof bytes - 1 - length);
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    check_true(self, strstr(bytes, late->last_word) != NULL);
    (void)send(fd, late->replies, strlen(late->replies), MSG_NOSIGNAL);
    close(fd);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void test_login_and_selection__are_one_round_trip(void **state)
{
    (void)state;
    static const struct {
        const char *replies;
        int code;
        const char *why;
    } rows[] = {
        {"+OK\r\n+OK\r\n", SESSION_OK, ""},
        {"-WRONGPASS x\r\n-NOAUTH y\r\n", SESSION_AUTH, "log in to %s: WRONGPASS x"},
        {"-WRONGPASS x\r\n", SESSION_AUTH, "log in to %s: WRONGPASS x"},
        {"+OK\r\n-ERR DB index is out of range\r\n", SESSION_CONFIG,
         "select database 3 at %s: ERR DB index is out of range"},
        {"+OK\r\n", SESSION_UNAVAILABLE,
         "the connection to %s was lost: the server closed it"},
        {"+OK\r\n:1\r\n", SESSION_PROTOCOL,
         "the connection to %s was lost: a reply makes no sense"},
    };
    peer folder; /* for a place that is nobody else's */
    peer_start(&folder);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hs_connection own;
        char text[HS_CAUSE_SIZE] = "", expected[HS_CAUSE_SIZE];
        const hs_reason why = {text, sizeof text};
        hs_endpoint endpoint = {.password = "pw", .database = 3};
        snprintf(endpoint.path, sizeof endpoint.path, "%s/late", folder.folder);
        late_server late = {listen_at(endpoint.path), "SELECT", rows[i].replies};
        team *server = start_threads(1, answer_late, &late);
        hs_connection_init(&own, REPLY_LIMIT);
        int rc = hs_connection_open(&own, &endpoint, hs_deadline_after(LONG_MS), &why);
        finish(server);
        insert(rows[i].why, endpoint.path, expected);
        assert_string_equal(text, expected);
        expect_code(rc, rows[i].code);
        hs_connection_close(&own);
        close(late.listener);
        unlink(endpoint.path);
    }
    peer_stop(&folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_batch__gives_each_call_its_own_replies),
        TEST(test_batch__runs_on_where_it_stood_at_the_deadline),
        TEST(test_batch__ends_for_the_call_that_was_answered),
        TEST(test_call__that_nobody_waits_for_leaves_its_replies_to_nobody),
        TEST(test_replies__that_answer_nothing_break_it),
        TEST(test_reply__over_the_limit_breaks_it),
        TEST(test_end__of_the_server_breaks_it),
        TEST(test_quiet__is_neither_ended_nor_spoken_to),
        TEST(test_answers__whoever_says_the_word_again_or_refuses_to),
        cmocka_unit_test(test_open__logs_in_or_says_why_not),
        cmocka_unit_test(test_login_and_selection__are_one_round_trip),
        cmocka_unit_test(test_greeting__of_a_server_is_why_there_is_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
