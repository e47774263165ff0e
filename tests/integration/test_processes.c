/* What other processes see of a store: forks, programs that are run, signals. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "threads.h"

static void open_connection(void)
{
    free(create_id(store, NULL)); /* children inherit it */
}

/* Reads and writes a session of its own, and never meets another's. */
static void use_own_session(worker *self, int owner, int times)
{
    session *s = NULL;
    char fields[32];
    snprintf(fields, sizeof fields, "{\"owner\":%d}", owner);
    check_ok(self, session_create(store, fields, &s));
    for (int i = 0; i < times; i++) {
        session *found = NULL;
        int64_t number = -1, turn = -1;
        check_ok(self, session_set_int(s, "turn", i));
        check_ok(self, session_save(s));
        check_ok(self, session_get(store, session_id(s), &found));
        check_ok(self, session_get_int(found, "owner", &number));
        check_ok(self, session_get_int(found, "turn", &turn));
        check_true(self, number == owner && turn == i);
        session_free(found);
    }
    session_free(s);
}

enum { CHILDREN = 8 };

static void use_for_long(worker *self)
{
    use_own_session(self, self->number, 200);
}

static void test_fork__crosses_no_replies_between_parent_and_children(void **state)
{
    (void)state;
    worker parent = {.number = CHILDREN};
    team *children = start_processes(CHILDREN, use_for_long, NULL);
    use_for_long(&parent);
    finish(children);
    assert_string_equal(parent.failure, "");
}

static atomic_bool parent_at_work;

static void work_in_parent(worker *self)
{
    for (int i = 0; atomic_load(&parent_at_work); i++)
        use_own_session(self, 1000 + i, 5);
}

static void use_briefly(worker *self)
{
    use_own_session(self, self->number, 5);
}

static void test_fork__under_load_leaves_the_child_a_store_that_works(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* a child may inherit the sanitizer's own locks as other threads held them */
#endif
    atomic_store(&parent_at_work, true);
    team *threads = start_threads(4, work_in_parent, NULL);
    for (int i = 0; i < 40; i++)
        run_processes(1, use_briefly, NULL);
    atomic_store(&parent_at_work, false);
    finish(threads);
}

enum { EACH = 50, ALL = CHILDREN * EACH };

/* Its context is the place for all ids. */
static void create_ids(worker *self)
{
    char(*ids)[SESSION_ID_LENGTH + 1] = self->context;
    for (int i = self->number * EACH; i < (self->number + 1) * EACH; i++) {
        session *s = NULL;
        if (check_ok(self, session_create(store, NULL, &s)))
            strcpy(ids[i], session_id(s));
        session_free(s);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_ids__of_forked_processes_are_all_different(void **state)
{
    (void)state;
    char(*ids)[SESSION_ID_LENGTH + 1] = shared_memory(ALL * sizeof *ids);
    run_processes(CHILDREN, create_ids, ids);
    qsort(ids, ALL, sizeof ids[0], by_text);
    for (int i = 1; i < ALL; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
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
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", server_listen(&redis));
    session_store *tcp = open_store(url, "");
    free(create_id(tcp, NULL));
    assert_int_equal(inherited_sockets(), before);
    session_store_close(tcp);
}

static void test_sigpipe__does_not_reach_the_program(void **state)
{
    (void)state;
    struct sigaction disposition;
    worker self = {0};
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; i++) {
        free(SERVER_RUN(&redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        use_own_session(&self, i, 1);
    }
    assert_string_equal(self.failure, "");
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
