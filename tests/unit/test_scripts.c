/* The scripts as they are built in. */
#include "redis/scripts.h"

#include <stdlib.h>

#include "fixture.h"

static void test_hashes__are_those_that_a_server_gives_the_texts(void **state)
{
    (void)state;
    static const hs_script *const all[] = {&hs_script_replace, &hs_script_user_index,
                                           &hs_script_user_list};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *hash = SERVER_RUN(&redis, "SCRIPT", "LOAD", all[i]->text);
        assert_string_equal(all[i]->hash, hash);
        free(hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hashes__are_those_that_a_server_gives_the_texts),
    };
    return RUN_TESTS(tests, .options = "");
}
