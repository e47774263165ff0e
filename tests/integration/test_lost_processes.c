/*
 * Processes that are killed at each command of each verb: before the server ran it, or
 * after that. What is left lives, is listed, and is in nobody's way.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disturb.h"
#include "fixture.h"
#include "overlap.h"
#include "users.h"

enum { MOST_COMMANDS = 64, LIMIT = 2 };

/* How a process ends. */
typedef struct {
    const char *options;
    relay_act act;
    bool arrives; /* what it sent arrives after its death */
} death;

static const death deaths[] = {
    {USUAL, RELAY_HOLD, false},
    {USUAL, RELAY_HOLD, true},
    {USUAL, RELAY_HOLD_ANSWER, false},
    {LIMITED, RELAY_HOLD, false},
    {LIMITED, RELAY_HOLD, true},
    {NO_GRACE, RELAY_HOLD, false},
    {NO_GRACE, RELAY_HOLD, true},
    {LIMITED "&user_limit_policy=refuse", RELAY_HOLD, false},
};
enum { DEATHS = sizeof deaths / sizeof deaths[0] };

/* ---- A death ---- */

/* Kills the process when its command is held; whether it was. */
static bool kill_when_held(pid_t process)
{
    bool is_over = false;
    while (relay_held(&wire) == 0 && !is_over) {
        is_over = waitpid(process, NULL, WNOHANG) == process;
        next_millisecond();
    }
    if (is_over)
        return false;
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    return true;
}

/* Has a process call the verb and die at this command; whether there is one. */
static bool die_at(scene *sc, const verb *v, const death *d, int command)
{
    relay_set_fault(&wire, (relay_fault){.act = d->act, .skip = command});
    pid_t process = fork();
    if (process == 0) {
        (void)v->call(sc);
        _exit(0);
    }
    assert_true(process > 0);
    bool was_held = kill_when_held(process);
    relay_release(&wire, d->arrives);
    while (relay_held(&wire) > 0)
        next_millisecond();
    return was_held;
}

/* ---- What must hold ---- */

/* Calls `look` with each session that is stored and can be read; plain stores only. */
static void for_each_stored(const char *(*look)(session *), const char **wrong)
{
    if (stores_are_sealed())
        return;
    char *keys = SERVER_RUN(&redis, "KEYS", "sess:*");
    for (char *rest = NULL, *key = strtok_r(keys, "\n", &rest); key != NULL;
         key = strtok_r(NULL, "\n", &rest)) {
        session *s = NULL;
        if (strlen(key) != strlen("sess:") + SESSION_ID_LENGTH ||
            session_get(store, key + strlen("sess:"), &s) != SESSION_OK)
            continue;
        *wrong = *wrong != NULL ? *wrong : look(s);
        session_free(s);
    }
    free(keys);
}

/* Only what lives can be saved; the old id of one that moved cannot. */
static bool can_be_saved(session *s)
{
    expect_ok(session_set_int(s, "try", 1));
    return session_save(s) == SESSION_OK;
}

static const char *is_listed_or_retired(session *s)
{
    if (session_user(s) == NULL || listed_as(session_user(s), session_handle(s)) == 1)
        return NULL;
    return can_be_saved(s) ? "a session that lives is not listed" : NULL;
}

/* Nobody gets the new id before the old one is over. */
static bool is_before_its_move(const scene *sc, const verb *v)
{
    session *s = NULL;
    bool is_before = v->kind == VERB_MOVES &&
                     session_get(store, sc->id, &s) == SESSION_OK && can_be_saved(s);
    session_free(s);
    return is_before;
}

static const char *is_nobodys_or_bobs(session *s)
{
    const char *user = session_user(s);
    return user != NULL && strcmp(user, "ada") == 0 ? "a session outlived destroy_user"
                                                    : NULL;
}

/* What a login says; the list shows it then. */
static int log_in_once(const death *d)
{
    session *s = NULL;
    session_store *near = open_store(redis.url, d->options);
    expect_ok(session_new(near, &s));
    expect_ok(session_set_user(s, "ada"));
    int rc = session_save(s);
    if (rc == SESSION_OK && listed_as("ada", session_handle(s)) != 1)
        rc = SESSION_NOT_FOUND;
    session_free(s);
    session_store_close(near);
    return rc;
}

/*
 * What was pending when its process died counts once the list was read, and, if it was
 * made from another session, once that is over; so that the login after that makes room.
 */
static const char *login_works(const death *d)
{
    bool may_be_full = strstr(d->options, "refuse") != NULL;
    for (int i = 0; i < 3; i++) {
        int rc = log_in_once(d);
        if (rc != SESSION_OK && (rc != SESSION_LIMIT || !may_be_full))
            return "the user cannot log in any more";
        next_millisecond();
    }
    bool has_limit = strstr(d->options, "user_limit") != NULL;
    return has_limit && listed("ada") > LIMIT ? "the limit does not hold" : NULL;
}

static const char *all_can_be_ended(const scene *sc, const verb *v)
{
    const char *wrong = NULL;
    if (session_destroy_user(store, "ada", NULL, NULL) != SESSION_OK)
        return "destroy_user failed";
    for_each_stored(is_nobodys_or_bobs, &wrong);
    if (lives(sc->other) || listed("ada") > 0)
        wrong = "destroy_user left a session";
    bool was_adas = v->before != NULL && strcmp(v->before, "ada") == 0;
    if (was_adas && v->kind != VERB_MOVES && lives(sc->id))
        wrong = "destroy_user left the session";
    return wrong;
}

static const char *all_is_well(const scene *sc, const verb *v, const death *d)
{
    const char *wrong = scene_keeps_others(sc, v);
    if (wrong == NULL)
        wrong = login_works(d);
    if (!is_before_its_move(sc, v))
        for_each_stored(is_listed_or_retired, &wrong);
    return wrong != NULL ? wrong : all_can_be_ended(sc, v);
}

/* ---- All deaths ---- */

static bool die_once(const verb *v, const death *d, int command)
{
    scene sc = {
        .far = open_store(wire.url, d->options),
        .has_limit = strstr(d->options, "user_limit") != NULL,
        .has_grace = strstr(d->options, "regenerate_grace=0s") == NULL,
    };
    scene_begin(&sc, v);
    bool was_held = die_at(&sc, v, d, command);
    const char *wrong = all_is_well(&sc, v, d);
    if (wrong != NULL)
        fail_msg("%s with %s, killed %s command %d%s: %s", v->name, d->options,
                 d->act == RELAY_HOLD ? "before" : "after", command,
                 d->arrives ? ", which arrives" : "", wrong);
    scene_end(&sc);
    session_store_close(sc.far);
    relay_wait_until_left(&wire);
    return was_held;
}

static void die_at_each_command(bool (*which)(const verb *))
{
    for (int i = 0; i < verb_count; i++)
        for (int j = 0; j < DEATHS && which(&verbs[i]); j++)
            for (int command = 0; die_once(&verbs[i], &deaths[j], command); command++)
                assert_true(command < MOST_COMMANDS);
}

static bool ends(const verb *v)
{
    return v->kind == VERB_ENDS;
}

static bool only_writes(const verb *v)
{
    return v->kind == VERB_WRITES;
}

static void test_process__that_dies_in_a_write_leaves_all_well(void **state)
{
    (void)state;
    die_at_each_command(only_writes);
}

static void test_process__that_dies_in_a_move_leaves_all_well(void **state)
{
    (void)state;
    die_at_each_command(verb_moves);
}

static void test_process__that_dies_in_a_logout_leaves_all_well(void **state)
{
    (void)state;
    die_at_each_command(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_process__that_dies_in_a_write_leaves_all_well),
        TEST(test_process__that_dies_in_a_move_leaves_all_well),
        TEST(test_process__that_dies_in_a_logout_leaves_all_well),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}
