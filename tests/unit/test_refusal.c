/* What the log and errbuf pass on of a server's error. */
#include <string.h>

#include "expect.h"

#include "redis/refusal.h"

static const char *describe(const char *text)
{
    static char out[HS_REFUSAL_SIZE];
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    const hs_reply error = {.kind = HS_REPLY_ERROR, .text = copy, .length = strlen(copy)};
    hs_refusal_describe(&error, out);
    return out;
}

static void test_words__of_redis_and_valkey_are_kept(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOAUTH Authentication required.",
        "READONLY You can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory",
        "NOREPLICAS Not enough good replicas to write.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to "
        "'no'.",
        "CLUSTERDOWN Hash slot not served",
        "ERR DB index is out of range",
        "ERR max number of clients reached",
        "ERR AUTH <password> called without any password configured for the default "
        "user. ...",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(describe(texts[i]), texts[i]);
}

static void test_right__that_is_missing_is_named_and_the_user_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *said, *meant;
    } rows[] = {
        {"NOPERM this user has no permissions to run the 'zadd' command",
         "NOPERM: the user may not run ZADD"},
        {"NOPERM User bob has no permissions to run the 'client|setinfo' command",
         "NOPERM: the user may not run CLIENT|SETINFO"},
        {"ERR ACL failure in script: User bob has no permissions to run the 'time' "
         "command script: 948fb05a800633cd285d7440e4d64ca534f7c396, on @user_script:1.",
         "NOPERM: the user may not run TIME"},
        {"ERR The user executing the script can't run this command or subcommand "
         "script: 948fb05a800633cd285d7440e4d64ca534f7c396, on @user_script:1.",
         "NOPERM: the user may not run all its commands"},
        {"ERR The user executing the script can't access at least one of the keys "
         "mentioned in the command arguments script: 948f, on @user_script:1.",
         "NOPERM: the user may not use keys of this prefix"},
        {"NOPERM this user has no permissions to access one of the keys used as "
         "arguments",
         "NOPERM: the user may not use keys of this prefix"},
        {"NOPERM User bob has no permissions to access the 'sess:secret' key",
         "NOPERM: the user may not use keys of this prefix"},
        {"NOPERM No permissions to access a channel",
         "NOPERM: the user may not use this channel"},
        {"NOPERM bob", "NOPERM: the user lacks a right for it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(describe(rows[i].said), rows[i].meant);
}

static void test_argument__that_a_server_quotes_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *said, *kept;
    } rows[] = {
        {"ERR unknown command 'ZADD', with args beginning with: 'sess:secret' 'x' ",
         "ERR unknown command 'ZADD', with args beginning with:"},
        {"ERR no sess:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ERR no ..."},
        {"ERR no AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ERR no ..."},
        {"ERR no a1b2", "ERR no ..."},
        {"MOVED 5798 127.0.0.1:7001", "MOVED: this is a node of a Redis Cluster"},
        {"OOM command not allowed when used memory > 'maxmemory'. script: 948fb05a",
         "OOM command not allowed when used memory > 'maxmemory'."},
        {"ERR line\none", "ERR ..."},
        {"", "an error without words"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(describe(rows[i].said), rows[i].kept);
}

static void test_words__without_end_are_cut(void **state)
{
    (void)state;
    char text[500];
    memset(text, 0, sizeof text);
    for (size_t i = 0; i + 5 < sizeof text; i += 5)
        memcpy(text + i, "word ", 5);
    const char *cut = describe(text);
    assert_true(strlen(cut) < HS_REFUSAL_SIZE - 1);
    assert_string_equal(cut + strlen(cut) - 8, "word ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__of_redis_and_valkey_are_kept),
        cmocka_unit_test(test_right__that_is_missing_is_named_and_the_user_is_not),
        cmocka_unit_test(test_argument__that_a_server_quotes_is_left_out),
        cmocka_unit_test(test_words__without_end_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
