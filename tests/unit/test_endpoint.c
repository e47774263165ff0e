/* Where a server is, for people. */
#include "config/endpoint.h"

#include "expect.h"

static void test_place__is_an_address_and_a_port_or_a_path(void **state)
{
    (void)state;
    static const struct {
        hs_endpoint endpoint;
        const char *place;
    } rows[] = {
        {{.host = "127.0.0.1", .port = 6379, .password = "pw"}, "127.0.0.1:6379"},
        {{.host = "redis.example", .port = 1, .user = "bob"}, "redis.example:1"},
        {{.host = "::1", .port = 65535}, "[::1]:65535"},
        {{.path = "/run/redis.sock", .database = 3}, "/run/redis.sock"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char place[HS_PLACE_SIZE];
        hs_endpoint_place(&rows[i].endpoint, place);
        assert_string_equal(place, rows[i].place);
    }
}

static void test_place__of_the_longest_host_fits(void **state)
{
    (void)state;
    char place[HS_PLACE_SIZE];
    hs_endpoint endpoint = {.port = 65535};
    memset(endpoint.host, ':', sizeof endpoint.host - 1);
    hs_endpoint_place(&endpoint, place);
    assert_string_equal(place + strlen(place) - 7, "]:65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place__is_an_address_and_a_port_or_a_path),
        cmocka_unit_test(test_place__of_the_longest_host_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
