/* Calls of many threads on a few connections. */
#include "redis/pool.h"

#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"
#include "peer.h"
#include "threads.h"

enum { LONG_MS = 20000 };

static peer server;
static hs_pool pool;
static hs_endpoint endpoint;
static hs_key key;

static int64_t idle_timeout; /* 0: never */

static void open_pool_with(int64_t size, int64_t connect_timeout)
{
    const hs_settings settings = {.connect_timeout = connect_timeout,
                                  .pool_size = size,
                                  .idle_timeout = idle_timeout,
                                  .max_size = 65536};
    expect_ok(hs_pool_init(&pool, &endpoint, &settings, (hs_log){0}));
}

static void open_pool(int64_t size)
{
    open_pool_with(size, LONG_MS);
}

static int begin(void **state)
{
    (void)state;
    peer_start(&server);
    idle_timeout = 0;
    endpoint = (hs_endpoint){.database = 0};
    snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
    hs_key_make(&key, "sess:", "ID");
    open_pool(4);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hs_pool_destroy(&pool);
    peer_stop(&server);
    return 0;
}

/* What became of a GET. */
static hs_call run_get(const hs_key *of, int64_t ms, char *value, size_t size)
{
    hs_command command;
    hs_command_get(&command, of);
    hs_reply replies[2] = {{0}};
    hs_call call = {
        .command = &command, .deadline = hs_deadline_after(ms), .replies = replies};
    hs_pool_run(&pool, &call);
    if (size > 0)
        snprintf(value, size, "%s", replies[0].text != NULL ? replies[0].text : "");
    for (int i = 0; i < 2; i++)
        hs_reply_free(&replies[i]);
    hs_command_free(&command);
    call.command = NULL;
    call.replies = NULL;
    return call;
}

static hs_call_result result_of_get(int64_t ms)
{
    return run_get(&key, ms, NULL, 0).result;
}

static void set_key(worker *self, const hs_key *to, const char *value)
{
    hs_command command;
    hs_command_begin(&command);
    hs_command_add_create(&command, to, value, strlen(value), 1000);
    hs_reply reply = {0};
    hs_call call = {
        .command = &command, .deadline = hs_deadline_after(LONG_MS), .replies = &reply};
    hs_pool_run(&pool, &call);
    check_true(self, call.result == HS_CALL_ANSWERED);
    hs_reply_free(&reply);
    hs_command_free(&command);
}

static void set_fault(const char *command, peer_mode mode, int times)
{
    peer_set_fault(
        &server,
        (peer_fault){.command = command, .mode = mode, .bytes = "", .times = times});
}

/* ---- One after another ---- */

static void test_connection__is_opened_once_and_used_again(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 1);
}

static void test_connections__are_replaced_when_they_are_not_trusted(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
        assert_int_equal(peer_connections(&server), i);
        hs_pool_replace_connections(&pool);
    }
}

static void test_call__that_cannot_be_sent_says_so(void **state)
{
    (void)state;
    unlink(server.path);
    const hs_call call = run_get(&key, LONG_MS, NULL, 0);
    assert_int_equal(call.result, HS_CALL_NOT_SENT);
    expect_code(call.code, SESSION_UNAVAILABLE);
}

static void test_call__without_an_answer_is_lost_at_its_deadline(void **state)
{
    (void)state;
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    set_fault("GET", PEER_REPLACE, 1); /* nothing in place of the value */
    set_fault("PTTL", PEER_REPLACE, 1);
    const hs_call call = run_get(&key, 50, NULL, 0);
    assert_int_equal(call.result, HS_CALL_LOST);
    expect_code(call.code, SESSION_UNAVAILABLE);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 2); /* what comes late reaches nobody */
}

static void test_call__that_is_cut_off_is_lost_at_once(void **state)
{
    (void)state;
    set_fault("GET", PEER_CUT, 1);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_LOST);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
}

static void test_login__that_was_refused_is_not_tried_with_every_call(void **state)
{
    (void)state;
    static const char refusal[] = "-WRONGPASS x\r\n";
    hs_pool_destroy(&pool);
    strcpy(endpoint.password, "pw");
    open_pool(4);
    peer_set_fault(&server, (peer_fault){.command = "AUTH",
                                         .mode = PEER_REPLACE,
                                         .bytes = refusal,
                                         .length = sizeof refusal - 1,
                                         .times = 1000});
    for (int i = 0; i < 100; i++)
        expect_code(run_get(&key, LONG_MS, NULL, 0).code, SESSION_AUTH);
    assert_in_range(peer_connections(&server), 1, 20); /* one a second */
}

/* ---- Many at once ---- */

enum { THREADS = 16, ROUNDS = 200 };

/* Each reads its own key again and again. */
static void read_own(worker *self)
{
    hs_key own;
    char name[16], value[16], found[16];
    snprintf(name, sizeof name, "%d", self->number);
    snprintf(value, sizeof value, "value%d", self->number);
    hs_key_make(&own, "sess:", name);
    set_key(self, &own, value);
    for (int i = 0; i < ROUNDS; i++) {
        const hs_call call = run_get(&own, LONG_MS, found, sizeof found);
        check_true(self, call.result == HS_CALL_ANSWERED);
        check_true(self, strcmp(found, value) == 0);
    }
}

static void test_threads__get_their_own_replies_on_few_connections(void **state)
{
    (void)state;
    for (int64_t size = 1; size <= 4; size *= 4) {
        hs_pool_destroy(&pool);
        int before = peer_connections(&server);
        open_pool(size);
        run_threads(THREADS, read_own, NULL);
        assert_in_range(peer_connections(&server) - before, 1, size);
    }
}

static void lose(worker *self)
{
    hs_command command;
    hs_command_delete(&command, &key);
    hs_reply reply = {0};
    hs_call call = {
        .command = &command, .deadline = hs_deadline_after(200), .replies = &reply};
    hs_pool_run(&pool, &call);
    check_true(self, call.result != HS_CALL_ANSWERED);
    check_code(self, call.code, SESSION_UNAVAILABLE);
    hs_command_free(&command);
}

static void test_threads__are_all_let_go_by_a_server_that_says_nothing(void **state)
{
    (void)state;
    set_fault("UNLINK", PEER_REPLACE, 1000);
    run_threads(THREADS, lose, NULL);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
}

/* ---- One batch ---- */

static void wait_for_waiting_calls(int count)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int waiting = 0; waiting < count; nanosleep(&pause, NULL)) {
        waiting = 0;
        pthread_mutex_lock(&pool.mutex);
        for (const hs_call *at = pool.first_waiting; at != NULL; at = at->next_waiting)
            waiting++;
        pthread_mutex_unlock(&pool.mutex);
    }
}

static void get_own(worker *self)
{
    check_true(self, result_of_get(LONG_MS) == HS_CALL_ANSWERED);
}

static void delete_own(worker *self)
{
    hs_command command;
    hs_command_delete(&command, &key);
    hs_reply reply = {0};
    hs_call call = {
        .command = &command, .deadline = hs_deadline_after(LONG_MS), .replies = &reply};
    hs_pool_run(&pool, &call);
    check_true(self, call.result == HS_CALL_ANSWERED);
    hs_command_free(&command);
}

static void
test_leader__with_its_answer_does_not_wait_for_the_rest_of_its_batch(void **state)
{
    (void)state;
    hs_pool_destroy(&pool);
    open_pool(1);
    set_fault("GET", PEER_HOLD, 1);
    team *before = start_threads(1, get_own, NULL);
    peer_wait_held(&server, 1);
    team *leader = start_threads(1, get_own, NULL);
    wait_for_waiting_calls(1);
    team *others[2];
    for (int i = 0; i < 2; i++) {
        others[i] = start_threads(1, delete_own, NULL);
        wait_for_waiting_calls(2 + i);
    }
    set_fault("UNLINK", PEER_HOLD, 2);
    peer_release(&server);
    peer_wait_held(&server, 1);
    finish(before);
    finish(leader);
    peer_release(&server);
    finish(others[0]); /* it leads on, until it has its own answer */
    peer_wait_held(&server, 1);
    peer_release(&server);
    finish(others[1]);
    assert_int_equal(peer_connections(&server), 1);
}

/* ---- A server that went silent ---- */

/* Leaves so many connections in the pool, idle. */
static void open_connections(int count)
{
    team *calls[4];
    set_fault("GET", PEER_HOLD, count);
    for (int i = 0; i < count; i++) {
        calls[i] = start_threads(1, get_own, NULL);
        peer_wait_held(&server, i + 1);
    }
    peer_release(&server);
    for (int i = 0; i < count; i++)
        finish(calls[i]);
    assert_int_equal(peer_connections(&server), count);
}

static void test_silence__on_one_connection_costs_no_call_on_the_others(void **state)
{
    (void)state;
    hs_pool_destroy(&pool);
    open_pool_with(4, 100);
    open_connections(4);
    peer_silence(&server);
    assert_int_equal(result_of_get(50), HS_CALL_LOST);
    for (int i = 0; i < 4; i++)
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
}

static void test_silence__of_one_call_leaves_connections_that_answer(void **state)
{
    (void)state;
    open_connections(4);
    set_fault("UNLINK", PEER_REPLACE, 1);
    run_threads(1, lose, NULL);
    for (int i = 0; i < 10; i++)
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 4);
    assert_int_equal(peer_pings(&server), 1); /* of the one that these calls used */
}

/* ---- Connections that nobody uses ---- */

static size_t count_open(void)
{
    size_t count = 0;
    for (size_t i = 0; i < pool.size; i++)
        count += pool.connections[i].fd >= 0;
    return count;
}

static void test_unused_connections__are_closed_by_calls_that_use_another(void **state)
{
    (void)state;
    hs_pool_destroy(&pool);
    idle_timeout = 200;
    open_pool(4);
    open_connections(4);
    while (count_open() > 1) /* a late call may find its own unused for so long */
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    while (atomic_load(&server.clients) > 1)
        sched_yield();
}

static void test_unused_connection__is_replaced_before_it_is_used(void **state)
{
    (void)state;
    hs_pool_destroy(&pool);
    idle_timeout = LONG_MS;
    open_pool(4);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 1);
    for (size_t i = 0; i < pool.size; i++)
        pool.connections[i].used_at -= LONG_MS;
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 2);
    assert_int_equal(count_open(), 1);
}

static void test_unused_connections__stay_without_a_timeout(void **state)
{
    (void)state;
    open_connections(4);
    for (size_t i = 0; i < pool.size; i++)
        pool.connections[i].used_at = 0;
    for (int i = 0; i < 10; i++)
        assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(count_open(), 4);
}

/* ---- Fork ---- */

pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
void __real_hs_condition_forget(hs_condition *condition);
void __wrap_hs_condition_forget(hs_condition *condition);

/* As in pid namespaces of their own. */
static bool all_are_first;

pid_t __wrap_getpid(void)
{
    return all_are_first ? 1 : __real_getpid();
}

static bool forks_on_forgetting;
static pid_t grandchild;

/* What a child does in its first call, while another thread of it may fork. */
void __wrap_hs_condition_forget(hs_condition *condition)
{
    enum { SECONDS = 20 };
    if (forks_on_forgetting) {
        forks_on_forgetting = false;
        grandchild = fork();
        if (grandchild == 0) {
            alarm(SECONDS);
            _exit(result_of_get(LONG_MS) == HS_CALL_ANSWERED ? 0 : 1);
        }
    }
    __real_hs_condition_forget(condition);
}

static void get_in_child(worker *self)
{
    check_true(self, result_of_get(LONG_MS) == HS_CALL_ANSWERED);
}

static void test_child__in_a_pid_namespace_has_connections_of_its_own(void **state)
{
    (void)state;
    all_are_first = true;
    hs_pool_destroy(&pool);
    open_pool(4);
    hs_call_result result = result_of_get(LONG_MS);
    team *child = start_processes(1, get_in_child, NULL);
    all_are_first = false;
    finish(child);
    assert_int_equal(result, HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 2);
}

static void test_child__opens_connections_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    run_processes(1, get_in_child, NULL);
    assert_int_equal(peer_connections(&server), 2);
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    assert_int_equal(peer_connections(&server), 2);
}

static void get_in_child_and_grandchild(worker *self)
{
    int status = -1;
    forks_on_forgetting = true;
    check_true(self, result_of_get(LONG_MS) == HS_CALL_ANSWERED);
    check_true(self, waitpid(grandchild, &status, 0) == grandchild);
    check_true(self, status == 0);
}

static void test_grandchild__of_the_first_call_of_a_child_works(void **state)
{
    (void)state;
    assert_int_equal(result_of_get(LONG_MS), HS_CALL_ANSWERED);
    run_processes(1, get_in_child_and_grandchild, NULL);
    assert_int_equal(peer_connections(&server), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_connection__is_opened_once_and_used_again),
        TEST(test_connections__are_replaced_when_they_are_not_trusted),
        TEST(test_call__that_cannot_be_sent_says_so),
        TEST(test_call__without_an_answer_is_lost_at_its_deadline),
        TEST(test_call__that_is_cut_off_is_lost_at_once),
        TEST(test_login__that_was_refused_is_not_tried_with_every_call),
        TEST(test_threads__get_their_own_replies_on_few_connections),
        TEST(test_threads__are_all_let_go_by_a_server_that_says_nothing),
        TEST(test_leader__with_its_answer_does_not_wait_for_the_rest_of_its_batch),
        TEST(test_silence__on_one_connection_costs_no_call_on_the_others),
        TEST(test_silence__of_one_call_leaves_connections_that_answer),
        TEST(test_unused_connections__are_closed_by_calls_that_use_another),
        TEST(test_unused_connection__is_replaced_before_it_is_used),
        TEST(test_unused_connections__stay_without_a_timeout),
        TEST(test_child__opens_connections_of_its_own),
        TEST(test_child__in_a_pid_namespace_has_connections_of_its_own),
        TEST(test_grandchild__of_the_first_call_of_a_child_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
