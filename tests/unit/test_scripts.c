/* The scripts as they are built in. */
#include "redis/scripts.h"

#include <stdlib.h>

#include "fixture.h"
#include "redis/client.h"

static void test_hashes__are_those_that_a_server_gives_the_texts(void **state)
{
    (void)state;
    static const hs_script *const all[] = {&hs_script_end, &hs_script_replace,
                                           &hs_script_reserve, &hs_script_user_list};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *hash = SERVER_RUN(&redis, "SCRIPT", "LOAD", all[i]->text);
        assert_string_equal(all[i]->hash, hash);
        free(hash);
    }
}

/* Runs a command of so many ends, of ids that nobody has. */
static void run_ends(hs_client *client, int count)
{
    const hs_slice arguments[] = {hs_slice_of("AAAAAAAA"), hs_slice_of("1000 0 0"),
                                  hs_slice_of("tombstone"), hs_slice_of("channel"),
                                  hs_slice_of("")};
    hs_key keys[2];
    hs_command command;
    hs_answer answer;
    hs_key_make(&keys[0], "sess:", UNKNOWN_ID);
    hs_key_make_mark(&keys[1], &keys[0]);
    const hs_script_call call = {&hs_script_end, keys, 2,
                                 arguments,      5,    {.kinds = HS_REPLY_NIL}};
    hs_command_begin(&command);
    for (int i = 0; i < count; i++)
        hs_command_add_script(&command, &call);
    hs_client_run(client, &command, hs_deadline_after(20000), HS_TRY_ONCE, &answer);
    expect_ok(answer.code);
    assert_int_equal(answer.reply_count, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(answer.replies[i].kind, HS_REPLY_NIL);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

static void
test_scripts__that_a_server_lacks_are_taught_by_the_first_of_many(void **state)
{
    (void)state;
    enum { COUNT = 3 * HS_COMMAND_REPLIES };
    hs_client client;
    hs_endpoint endpoint = {.database = 0};
    const hs_settings settings = {
        .connect_timeout = 20000, .pool_size = 1, .max_size = 65536};
    snprintf(endpoint.path, sizeof endpoint.path, "%s", redis.socket);
    expect_ok(hs_client_init(&client, &endpoint, &settings, (hs_log){0}));
    for (int i = 1; i <= 2; i++) {
        free(SERVER_RUN(&redis, "SCRIPT", "FLUSH"));
        free(SERVER_RUN(&redis, "CONFIG", "RESETSTAT"));
        run_ends(&client, COUNT);
        assert_int_equal(server_calls(&redis, "eval"), 1);
        assert_int_equal(server_calls(&redis, "evalsha"), 2 * COUNT - 1);
        run_ends(&client, COUNT); /* by its hash alone */
        assert_int_equal(server_calls(&redis, "eval"), 1);
        assert_int_equal(server_calls(&redis, "evalsha"), 3 * COUNT - 1);
    }
    hs_client_destroy(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hashes__are_those_that_a_server_gives_the_texts),
        TEST(test_scripts__that_a_server_lacks_are_taught_by_the_first_of_many),
    };
    return RUN_TESTS(tests, .options = "");
}
