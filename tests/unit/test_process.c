/* Numbers of processes, whatever their pids. */
#include "base/process.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "threads.h"

enum { CHILDREN = 4, THREADS = 4 };

static bool refuses_pages;

int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);

int __wrap_madvise(void *address, size_t length, int advice)
{
    if (!refuses_pages)
        return __real_madvise(address, length, advice);
    errno = EINVAL;
    return -1;
}

/* Its context is the place for what each finds. */
static void find_number(worker *self)
{
    unsigned long *numbers = self->context;
    numbers[self->number] = hs_process_number();
}

/* Each has a child of its own, whose number is the next. */
static void find_numbers_of_two(worker *self)
{
    unsigned long *numbers = (unsigned long *)self->context + 2 * self->number;
    numbers[0] = hs_process_number();
    worker child = {.context = &numbers[1]};
    pid_t pid = fork();
    if (pid == 0) {
        find_number(&child);
        _exit(0);
    }
    int status = -1;
    check_true(self, waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_number__is_the_same_in_all_threads(void **state)
{
    (void)state;
    unsigned long numbers[THREADS];
    run_threads(THREADS, find_number, numbers);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(numbers[i], hs_process_number());
    assert_int_not_equal(hs_process_number(), 0);
}

static void test_number__is_neither_the_parents_nor_the_grandparents(void **state)
{
    (void)state;
    unsigned long(*numbers)[2] = shared_memory(CHILDREN * sizeof *numbers);
    run_processes(CHILDREN, find_numbers_of_two, numbers);
    for (int i = 0; i < CHILDREN; i++) {
        assert_int_not_equal(numbers[i][0], hs_process_number());
        assert_int_not_equal(numbers[i][1], hs_process_number());
        assert_int_not_equal(numbers[i][1], numbers[i][0]);
        assert_int_not_equal(numbers[i][0] * numbers[i][1], 0);
    }
}

/* The number of a process whose first call this is. */
static void test_number__is_the_pid_where_the_kernel_wipes_no_page(void **state)
{
    (void)state;
    refuses_pages = true;
    assert_int_equal(hs_process_number(), getpid());
}

/* ---- What a child makes its own ---- */

static hs_ownership ownership;
static int times; /* that somebody made it its own */

static void count_times(void *context)
{
    *(int *)context += 1;
}

static void take_over(worker *self)
{
    (void)self;
    hs_process_take_over(&ownership, count_times, &times);
}

static void take_over_in_child(worker *self)
{
    times = 0;
    for (int i = 0; i < 3; i++)
        take_over(self);
    check_true(self, times == 1);
}

static void test_child__makes_what_it_has_of_its_parent_its_own_once(void **state)
{
    (void)state;
    run_threads(THREADS, take_over, NULL); /* it was nobody's */
    assert_int_equal(times, 1);
    run_processes(CHILDREN, take_over_in_child, NULL);
    times = 0;
    hs_process_begin(&ownership);
    run_threads(THREADS, take_over, NULL);
    assert_int_equal(times, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__is_the_same_in_all_threads),
        cmocka_unit_test(test_number__is_neither_the_parents_nor_the_grandparents),
        cmocka_unit_test(test_child__makes_what_it_has_of_its_parent_its_own_once),
    };
    const struct CMUnitTest old_kernel[] = {
        cmocka_unit_test(test_number__is_the_pid_where_the_kernel_wipes_no_page),
    };
    if (argc > 1 && strcmp(argv[1], "old-kernel") == 0)
        return cmocka_run_group_tests(old_kernel, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
