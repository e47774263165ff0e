/* Closing what a child of a fork must not close again. */
#include "base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include "expect.h"

static int descriptor, closed, calls;

int __real_close(int fd);
int __wrap_close(int fd);

/* What a fork at this moment would leave to the child. */
int __wrap_close(int fd)
{
    assert_int_equal(descriptor, -1);
    closed = fd;
    calls++;
    return __real_close(fd);
}

static void test_descriptor__is_forgotten_before_it_is_closed(void **state)
{
    (void)state;
    int opened = descriptor = open("/dev/null", O_RDONLY);
    assert_true(opened >= 0);
    hs_descriptor_close(&descriptor);
    assert_int_equal(closed, opened);
    assert_int_equal(calls, 1);
    hs_descriptor_close(&descriptor);
    assert_int_equal(calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor__is_forgotten_before_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
