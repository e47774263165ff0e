#include "fixture.h"

#include <stdlib.h>

server redis;
session_store *store;

static fixture group;

void fixture_is(fixture wanted)
{
    group = wanted;
}

int fixture_start(void **state)
{
    (void)state;
    if (!group.own_servers)
        server_start(&redis, group.arguments);
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    if (!group.own_servers)
        server_stop(&redis);
    return 0;
}

int fixture_set_up(void **state)
{
    (void)state;
    if (group.own_servers)
        server_start(&redis, group.arguments);
    else
        free(SERVER_RUN(&redis, "FLUSHALL"));
    store = open_store(redis.url, group.options);
    if (group.before != NULL)
        group.before();
    return 0;
}

int fixture_tear_down(void **state)
{
    (void)state;
    if (group.after != NULL)
        group.after();
    session_store_close(store);
    store = NULL;
    if (group.own_servers)
        server_stop(&redis);
    return 0;
}

int stored_keys(void)
{
    int count = 0;
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:*");
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest))
        count++;
    free(keys);
    return count;
}

void expect_over(session *s)
{
    expect_code(get_code(store, session_id(s)), SESSION_NOT_FOUND);
    expect_code(session_touch(store, session_id(s)), SESSION_NOT_FOUND);
    expect_code(session_reload(s), SESSION_NOT_FOUND);
    expect_ok(session_set_int(s, "after the end", 1));
    expect_code(session_save(s), SESSION_NOT_FOUND);
    expect_code(session_regenerate(s), SESSION_NOT_FOUND);
    assert_int_equal(SERVER_INT(&redis, "EXISTS", key_of(session_id(s))), 0);
}

void reopen_store(const char *options)
{
    session_store_close(store);
    store = open_store(redis.url, options);
}

session_store *open_store_as(const char *login, const char *options)
{
    char url[256];
    snprintf(url, sizeof url, "unix://%s@%s", login, redis.socket);
    return open_store(url, options);
}

void restart_redis(const char *const *arguments)
{
    redis.arguments = arguments;
    server_restart(&redis);
}
