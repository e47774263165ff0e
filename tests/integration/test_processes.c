/* What other processes see of a store: forks, programs that are run, signals. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

static void open_connection(void)
{
    free(create_id(store, NULL)); /* children inherit it */
}

/* Reads and writes a session of its own; how often it met another's. */
static int use_own_session(int number, int times)
{
    int failures = 0;
    session *s = NULL;
    char fields[32];
    snprintf(fields, sizeof fields, "{\"owner\":%d}", number);
    failures += session_create(store, fields, &s) != SESSION_OK;
    for (int i = 0; i < times; i++) {
        session *found = NULL;
        int64_t owner = -1, turn = -1;
        failures += session_set_int(s, "turn", i) != SESSION_OK;
        failures += session_save(s) != SESSION_OK;
        failures += session_get(store, session_id(s), &found) != SESSION_OK;
        failures += session_get_int(found, "owner", &owner) != SESSION_OK;
        failures += session_get_int(found, "turn", &turn) != SESSION_OK;
        failures += owner != number || turn != i;
        session_free(found);
    }
    session_free(s);
    return failures;
}

enum { CHILDREN = 8, TURNS = 200 };

static void expect_children(int count)
{
    for (int i = 0, status = 0; i < count; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

static void test_fork__crosses_no_replies_between_parent_and_children(void **state)
{
    (void)state;
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0)
            _exit(use_own_session(i, TURNS) == 0 ? 0 : 1);
    assert_int_equal(use_own_session(CHILDREN, TURNS), 0);
    expect_children(CHILDREN);
}

static atomic_bool parent_at_work;

static void *work_in_parent(void *argument)
{
    int *failures = argument;
    for (int i = 0; atomic_load(&parent_at_work); i++)
        *failures += use_own_session(1000 + i, 5);
    return NULL;
}

static void test_fork__under_load_leaves_the_child_a_store_that_works(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* a child may inherit the sanitizer's own locks as other threads held them */
#endif
    enum { THREADS = 4, FORKS = 40 };
    pthread_t threads[THREADS];
    int failures[THREADS] = {0};
    atomic_store(&parent_at_work, true);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work_in_parent, &failures[i]);
    for (int i = 0; i < FORKS; i++) {
        if (fork() == 0)
            _exit(use_own_session(i, 5) == 0 ? 0 : 1);
        expect_children(1);
    }
    atomic_store(&parent_at_work, false);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failures[i], 0);
    }
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, SESSION_ID_LENGTH);
}

static void test_ids__of_forked_processes_are_all_different(void **state)
{
    (void)state;
    enum { EACH = 50, ALL = CHILDREN * EACH };
    static char ids[ALL][SESSION_ID_LENGTH];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0) {
            for (int n = 0; n < EACH; n++)
                if (write(ends[1], create_id(store, NULL), SESSION_ID_LENGTH) < 0)
                    _exit(1);
            _exit(0);
        }
    expect_children(CHILDREN); /* a pipe holds them all */
    assert_int_equal(read(ends[0], ids, sizeof ids), sizeof ids);
    qsort(ids, ALL, sizeof ids[0], by_text);
    for (int i = 1; i < ALL; i++)
        assert_memory_not_equal(ids[i - 1], ids[i], SESSION_ID_LENGTH);
    close(ends[0]);
    close(ends[1]);
}

/* How many sockets a program that is run from here finds open. */
static int inherited_sockets(void)
{
    int count = -1;
    FILE *output = popen("ls -l /proc/self/fd | grep -c socket:", "r");
    assert_non_null(output);
    assert_int_equal(fscanf(output, "%d", &count), 1);
    pclose(output);
    return count;
}

static void test_exec__inherits_no_socket(void **state)
{
    (void)state;
    char url[64];
    int before = inherited_sockets();
    free(create_id(store, NULL));
    assert_int_equal(inherited_sockets(), before);
    /* The same over TCP. */
    int port = 20000 + (int)getpid() % 20000;
    snprintf(url, sizeof url, "%d", port);
    free(SERVER_RUN(&redis, "CONFIG", "SET", "port", url));
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", port);
    session_store *tcp = open_store(url, "");
    free(create_id(tcp, NULL));
    assert_int_equal(inherited_sockets(), before);
    session_store_close(tcp);
}

static void test_sigpipe__does_not_reach_the_program(void **state)
{
    (void)state;
    struct sigaction disposition;
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; i++) {
        free(SERVER_RUN(&redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        assert_int_equal(use_own_session(i, 1), 0);
    }
    sigaction(SIGPIPE, NULL, &disposition);
    assert_true(disposition.sa_handler == SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fork__crosses_no_replies_between_parent_and_children),
        TEST(test_fork__under_load_leaves_the_child_a_store_that_works),
        TEST(test_ids__of_forked_processes_are_all_different),
        TEST(test_exec__inherits_no_socket),
        TEST(test_sigpipe__does_not_reach_the_program),
    };
    return RUN_TESTS(tests, .options = "deadline=20s", .before = open_connection);
}
