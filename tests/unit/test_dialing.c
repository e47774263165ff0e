/* Connecting in the background. */
#include "redis/dialing.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "peer.h"

enum { LONG_MS = 20000 };

static peer server;
static hs_endpoint endpoint;
static char reason[512];
static const hs_reason why = {reason, sizeof reason};

static int begin(void **state)
{
    (void)state;
    peer_start(&server);
    endpoint = (hs_endpoint){.password = "pw"};
    snprintf(endpoint.path, sizeof endpoint.path, "%s", server.path);
    return 0;
}

static int end(void **state)
{
    (void)state;
    peer_stop(&server);
    return 0;
}

static void answer_login(const char *bytes)
{
    peer_set_fault(&server, (peer_fault){.command = "AUTH",
                                         .mode = PEER_REPLACE,
                                         .bytes = bytes,
                                         .length = strlen(bytes),
                                         .times = 1});
}

static int wait_and_take(hs_dialing *dialing, int *fd)
{
    struct pollfd ready = {hs_dialing_fd(dialing), POLLIN, 0};
    *fd = -1;
    assert_int_equal(poll(&ready, 1, LONG_MS), 1);
    reason[0] = '\0';
    return hs_dialing_take(dialing, &why, fd);
}

static void test_socket__is_there_once_the_descriptor_is_readable(void **state)
{
    (void)state;
    hs_dialing *dialing = NULL;
    int fd;
    expect_ok(hs_dialing_start(&endpoint, hs_deadline_after(LONG_MS), &dialing));
    expect_ok(wait_and_take(dialing, &fd));
    assert_int_equal(write(fd, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", 20), 20);
    struct pollfd ready = {fd, POLLIN, 0};
    assert_int_equal(poll(&ready, 1, LONG_MS), 1); /* it was left to us */
    close(fd);
    hs_dialing_free(dialing);
}

static void test_failure__is_told_by_its_code(void **state)
{
    (void)state;
    hs_dialing *dialing = NULL;
    int fd;
    answer_login("-WRONGPASS x\r\n");
    expect_ok(hs_dialing_start(&endpoint, hs_deadline_after(LONG_MS), &dialing));
    expect_code(wait_and_take(dialing, &fd), SESSION_AUTH);
    assert_non_null(strstr(reason, ": WRONGPASS x"));
    assert_int_equal(fd, -1);
    hs_dialing_free(dialing);
}

static void test_nothing__is_there_before_the_server_has_answered(void **state)
{
    (void)state;
    hs_dialing *dialing = NULL;
    int fd = -1;
    answer_login("");
    expect_ok(hs_dialing_start(&endpoint, hs_deadline_after(LONG_MS), &dialing));
    expect_code(hs_dialing_take(dialing, &why, &fd), SESSION_NOT_FOUND);
    assert_int_equal(fd, -1);
    hs_dialing_free(dialing); /* does not wait for the thread, which frees the rest */
}

static void test_deadline__ends_it(void **state)
{
    (void)state;
    hs_dialing *dialing = NULL;
    int fd;
    answer_login("");
    expect_ok(hs_dialing_start(&endpoint, hs_deadline_after(50), &dialing));
    expect_code(wait_and_take(dialing, &fd), SESSION_UNAVAILABLE);
    hs_dialing_free(dialing);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_socket__is_there_once_the_descriptor_is_readable),
        TEST(test_failure__is_told_by_its_code),
        TEST(test_nothing__is_there_before_the_server_has_answered),
        TEST(test_deadline__ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
