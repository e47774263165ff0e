/*
 * What the log says of a server that cannot be used: one line that names it and the
 * cause, however many threads call, and one when it is over.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"
#include "logged_calls.h"
#include "server.h"

#include "hisession/events.h"

enum { NOBODY = 65534 };

static server redis;
static int port;

/* ---- Stores ---- */

/* A store on the TCP port. */
static void open_tcp(const char *credentials, const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "redis://%s127.0.0.1:%d%s", credentials, port, path);
    snprintf(place, sizeof place, "127.0.0.1:%d", port);
    open_logging_store(url);
}

static void open_unix(const char *credentials, const char *query)
{
    char url[256];
    snprintf(url, sizeof url, "unix://%s%s?%s", credentials, redis.socket, query);
    snprintf(place, sizeof place, "%s", redis.socket);
    open_logging_store(url);
}

/* ---- Ports and servers ---- */

/* A socket bound to a free port, so that nobody else takes it; nobody listens there. */
static int reserve_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&address, &size), 0);
    port = ntohs(address.sin_port);
    return fd;
}

static const char *arguments[16];
static char digits[12];

/* A server on the port, in place of the socket that kept it free. */
static void start_on_port(int reserved, const char *name, const char *value)
{
    snprintf(digits, sizeof digits, "%d", port);
    const char *const all[] = {"--port", digits, name, value, NULL};
    memcpy(arguments, all, sizeof all);
    if (reserved >= 0)
        close(reserved);
    server_start(&redis, arguments);
}

static void start_with_user(const char *rights)
{
    server_start(&redis, NULL);
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "canary-user", "on", ">canary-password",
                    "~*", "&*", "+@all", rights));
    open_unix("canary-user:canary-password@", "");
}

static void set_rights(const char *rights)
{
    free(SERVER_RUN(&redis, "ACL", "SETUSER", "canary-user", rights));
}

static int tear_down(void **state)
{
    (void)state;
    session_store_close(logging_store);
    logging_store = NULL;
    if (redis.folder[0] != '\0')
        server_stop(&redis);
    redis = (server){0};
    bool leaks = strstr(logged, "canary") != NULL || strstr(logged, "sess:") != NULL ||
                 strstr(logged, "AAAAAAAA") != NULL;
    for (int i = 0; i < THREADS; i++)
        leaks |= ids[i][0] != '\0' && strstr(logged, ids[i]) != NULL;
    if (leaks)
        fprintf(stderr, "the log holds a secret:\n%s", logged);
    return leaks ? -1 : 0;
}

/* ---- No connection ---- */

static void test_refused_port__is_named_with_its_cause(void **state)
{
    (void)state;
    int reserved = reserve_port();
    open_tcp(":canary-password@", "");
    hammer();
    expect_line("2 connect %s: Connection refused\n", place);
    session_store_close(logging_store);
    open_tcp("", "");
    hammer();
    expect_line("2 connect %s: Connection refused\n", place);
    start_on_port(reserved, NULL, NULL);
    expect_end();
}

static void test_unknown_name__is_named_with_what_the_resolver_said(void **state)
{
    (void)state;
    /* A label is too long for any name server to be asked. */
    char url[128], host[65];
    memset(host, 'x', sizeof host);
    host[64] = '\0';
    snprintf(url, sizeof url, "redis://%s:6379", host);
    open_logging_store(url);
    hammer();
    expect_line_of("2 look up xxx", "xxx: ");
    assert_null(strstr(logged, "in time"));
}

static void test_missing_socket__is_named_with_its_cause(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    server_kill(&redis);
    unlink(redis.socket);
    open_unix("", "");
    hammer();
    expect_line("2 connect %s: No such file or directory\n", place);
    server_restart(&redis);
    expect_end();
}

static void test_forbidden_socket__is_named_with_its_cause(void **state)
{
    (void)state;
    bool is_root = geteuid() == 0;
    server_start(&redis, NULL);
    open_unix("", "");
    assert_int_equal(chmod(redis.folder, 0), 0);
    if (is_root)
        assert_int_equal(seteuid(NOBODY), 0);
    hammer();
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(redis.folder, 0700), 0);
    expect_line("2 connect %s: Permission denied\n", place);
    expect_end();
}

static void test_full_backlog__is_a_connect_that_timed_out(void **state)
{
    (void)state;
    enum { MOST = 16 };
    int idle[MOST];
    struct sockaddr_in address = {.sin_family = AF_INET};
    int reserved = reserve_port();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    assert_int_equal(listen(reserved, 0), 0);
    for (int i = 0; i < MOST; i++) {
        idle[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(idle[i], (const struct sockaddr *)(const void *)&address,
                      sizeof address);
    }
    open_tcp("", "?connect_timeout=50ms");
    hammer();
    for (int i = 0; i < MOST; i++)
        close(idle[i]);
    expect_line("2 connect %s: Connection timed out\n", place);
    close(reserved);
}

/* An address of this machine that is none of the loopback's. */
static void find_address(char out[INET6_ADDRSTRLEN])
{
    struct ifaddrs *all = NULL;
    assert_int_equal(getifaddrs(&all), 0);
    out[0] = '\0';
    for (const struct ifaddrs *at = all; at != NULL && out[0] == '\0';
         at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        const struct sockaddr_in *in = (const void *)at->ifa_addr;
        if (ntohl(in->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
            inet_ntop(AF_INET, &in->sin_addr, out, INET6_ADDRSTRLEN);
    }
    freeifaddrs(all);
    if (out[0] == '\0')
        fail_msg("this machine has no address besides those of its loopback");
}

static void test_protected_mode__is_named_in_the_servers_words(void **state)
{
    (void)state;
    char address[INET6_ADDRSTRLEN], url[128], start[256];
    find_address(address);
    start_on_port(reserve_port(), "--bind", address);
    snprintf(url, sizeof url, "redis://%s:%d", address, port);
    snprintf(place, sizeof place, "%s:%d", address, port);
    open_logging_store(url);
    hammer();
    snprintf(start, sizeof start, "1 connect %s: DENIED ", place);
    expect_line_of(start, "protected mode is enabled and no password is set");
    free(SERVER_RUN(&redis, "CONFIG", "SET", "protected-mode", "no"));
    expect_end();
}

static void test_crowded_server__is_named_in_its_words(void **state)
{
    (void)state;
    enum { MOST = 8 };
    int idle[MOST];
    start_on_port(reserve_port(), "--maxclients", "8");
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    for (int i = 0; i < MOST; i++) {
        idle[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(idle[i], (const struct sockaddr *)(const void *)&address,
                                 sizeof address),
                         0);
    }
    open_tcp("", "");
    hammer();
    expect_line("2 connect %s: ERR max number of clients reached\n", place);
    for (int i = 0; i < MOST; i++)
        close(idle[i]);
    expect_end();
}

/* A web server that anyone has; it dies with the test. */
static pid_t start_web_server(void)
{
    char text[12];
    snprintf(text, sizeof text, "%d", port);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL)
            execlp("python3", "python3", "-m", "http.server", text, "--bind", "127.0.0.1",
                   (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void wait_until_it_listens(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    for (int i = 0; i < 1000; i++, pause_briefly()) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int rc =
            connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address);
        close(fd);
        if (rc == 0)
            return;
    }
    fail_msg("the web server did not start");
}

static void test_web_server__does_not_speak_redis(void **state)
{
    (void)state;
    close(reserve_port());
    pid_t web = start_web_server();
    wait_until_it_listens();
    open_tcp("", "");
    hammer();
    kill(web, SIGKILL);
    waitpid(web, NULL, 0);
    expect_line("1 %s does not speak Redis\n", place);
    start_on_port(-1, NULL, NULL);
    expect_end();
}

/* ---- Logins and databases ---- */

static void test_wrong_password__is_told_without_the_password(void **state)
{
    (void)state;
    start_with_user("+@all");
    session_store_close(logging_store);
    open_unix("canary-user:canary-other@", "");
    hammer();
    expect_line("1 log in to %s: WRONGPASS invalid username-password pair or user is "
                "disabled.\n",
                place);
    set_rights(">canary-other");
    expect_end();
}

static void test_missing_password__is_told(void **state)
{
    (void)state;
    static const char *const locked[] = {"--requirepass", "canary-password", NULL};
    server_start(&redis, locked);
    open_unix("", "");
    hammer();
    expect_line_of("1 ", "NOAUTH Authentication required.");
    assert_non_null(strstr(logged, place));
    redis.arguments = NULL;
    server_restart(&redis);
    expect_end();
}

static void test_wrong_database__is_told(void **state)
{
    (void)state;
    start_on_port(reserve_port(), "--databases", "4");
    open_tcp("", "/99");
    hammer();
    expect_line("1 select database 99 at %s: ERR DB index is out of range\n", place);
    server_kill(&redis);
    arguments[3] = "100";
    server_restart(&redis);
    expect_end();
}

/* ---- Refusals ---- */

static void test_missing_right__is_named(void **state)
{
    (void)state;
    start_with_user("-set");
    hammer();
    expect_line("1 SET at %s: NOPERM: the user may not run SET\n", place);
    set_rights("+set");
    expect_end();
}

static int log_out(void)
{
    char *id = create_id(logging_store, NULL);
    int rc = session_destroy(logging_store, id);
    free(id);
    return rc;
}

static void test_missing_right_in_a_script__is_auth_and_named(void **state)
{
    (void)state;
    start_with_user("-unlink");
    for (int i = 0; i < CALLS; i++)
        expect_code(log_out(), SESSION_AUTH);
    char start[256];
    snprintf(start, sizeof start, "1 the script end at %s: NOPERM: the user may not run ",
             place);
    expect_line_of(start, "");
    set_rights("+unlink");
    for (int i = 0; i < 1000 && !has_logged("\n3 "); i++, pause_briefly())
        expect_ok(log_out());
    assert_true(has_logged("\n3 the script end at "));
}

static void test_read_only_server__is_told(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    open_unix("", "");
    free(create_id(logging_store, NULL));
    free(SERVER_RUN(&redis, "REPLICAOF", "127.0.0.1", "1"));
    hammer();
    expect_line_of("2 ", "READONLY You can't write against a read only replica.");
    assert_non_null(strstr(logged, place));
    free(SERVER_RUN(&redis, "REPLICAOF", "NO", "ONE"));
    expect_end();
}

static void test_full_server__is_told(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    open_unix("", "");
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "1"));
    hammer();
    expect_line("2 SET at %s: OOM command not allowed when used memory > 'maxmemory'.\n",
                place);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "maxmemory", "0"));
    expect_end();
}

/* ---- A Cluster ---- */

/* Until it knows its Cluster, it says CLUSTERDOWN. */
static void wait_for_cluster(void)
{
    bool is_up = false;
    for (int i = 0; i < 1000 && !is_up; i++, pause_briefly()) {
        char *reply = SERVER_RUN(&redis, "CLUSTER", "INFO");
        is_up = strstr(reply, "cluster_state:ok") != NULL;
        free(reply);
    }
    assert_true(is_up);
}

static void test_cluster_node__is_told_once_though_it_takes_some_keys(void **state)
{
    (void)state;
    static const char nodes[] =
        "0000000000000000000000000000000000000001 127.0.0.1:1@2 myself,master - 0 0 1 "
        "connected 0-8191\n"
        "0000000000000000000000000000000000000002 127.0.0.1:2@3 master - 0 0 2 connected "
        "8192-16383\n"
        "vars currentEpoch 2 lastVoteEpoch 0\n";
    server_start_node(&redis, nodes);
    wait_for_cluster();
    open_unix("", "");
    for (int i = 0; i < 5; i++)
        hammer();
    expect_line_of("1 ", ": MOVED: this is a node of a Redis Cluster\n");
    assert_non_null(strstr(logged, place));
}

/* ---- Outages ---- */

static atomic_bool is_over;

static void *call_until_it_is_over(void *id)
{
    while (!atomic_load(&is_over))
        call_once(id);
    return NULL;
}

static void test_restart__beside_calls_writes_a_line_for_each_state(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    start_on_port(reserve_port(), NULL, NULL);
    open_tcp("", "");
    atomic_store(&is_over, false);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, call_until_it_is_over, ids[i]);
    server_kill(&redis);
    for (int i = 0; i < 1000 && !has_logged("Connection refused"); i++)
        pause_briefly();
    server_restart(&redis);
    for (int i = 0; i < 1000 && !has_logged("\n3 "); i++)
        pause_briefly();
    atomic_store(&is_over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(count_logged("Connection refused"), 1);
    assert_int_equal(count_logged("is reachable again"), 1);
    assert_in_range(count_logged("\n"), 2, 4); /* and that the connection was lost */
}

static void test_silent_server__is_told_once(void **state)
{
    (void)state;
    server_start(&redis, NULL);
    open_unix("", "deadline=300ms");
    server_pause(&redis);
    hammer();
    expect_line("2 the connection to %s was lost: no answer in time\n", place);
    server_resume(&redis);
    expect_end();
}

static void test_events__tell_of_their_own_connection(void **state)
{
    (void)state;
    session_events *events = NULL;
    int kind;
    start_on_port(reserve_port(), NULL, NULL);
    open_tcp("", "");
    expect_ok(session_events_open(logging_store, &events));
    server_kill(&redis);
    for (int i = 0; i < 1000 && !has_logged("Connection refused"); i++, pause_briefly())
        (void)session_events_next(events, &kind);
    server_restart(&redis);
    for (int i = 0; i < 1000 && !has_logged("\n3 "); i++, pause_briefly()) {
        free(SERVER_RUN(&redis, "PUBLISH", "sess:events", ""));
        (void)session_events_next(events, &kind);
    }
    session_events_close(events);
    assert_int_equal(count_logged("2 events: the connection to "), 1);
    assert_int_equal(count_logged("was lost: "), 1);
    assert_int_equal(count_logged("2 events: connect "), 1);
    assert_int_equal(count_logged("3 events: "), 1);
    assert_int_equal(count_logged("\n"), 3);
}

static void test_events__that_may_not_be_heard_are_named(void **state)
{
    (void)state;
    session_events *events = NULL;
    start_with_user("-subscribe");
    expect_code(session_events_open(logging_store, &events), SESSION_AUTH);
    expect_line("1 events: SUBSCRIBE to events at %s: NOPERM: the user may not run "
                "SUBSCRIBE\n",
                place);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_refused_port__is_named_with_its_cause),
        TEST(test_unknown_name__is_named_with_what_the_resolver_said),
        TEST(test_missing_socket__is_named_with_its_cause),
        TEST(test_forbidden_socket__is_named_with_its_cause),
        TEST(test_full_backlog__is_a_connect_that_timed_out),
        TEST(test_protected_mode__is_named_in_the_servers_words),
        TEST(test_crowded_server__is_named_in_its_words),
        TEST(test_web_server__does_not_speak_redis),
        TEST(test_wrong_password__is_told_without_the_password),
        TEST(test_missing_password__is_told),
        TEST(test_wrong_database__is_told),
        TEST(test_missing_right__is_named),
        TEST(test_missing_right_in_a_script__is_auth_and_named),
        TEST(test_read_only_server__is_told),
        TEST(test_full_server__is_told),
        TEST(test_cluster_node__is_told_once_though_it_takes_some_keys),
        TEST(test_restart__beside_calls_writes_a_line_for_each_state),
        TEST(test_silent_server__is_told_once),
        TEST(test_events__tell_of_their_own_connection),
        TEST(test_events__that_may_not_be_heard_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
