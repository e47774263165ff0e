/* Answers that are lost at each command of each verb. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disturb.h"
#include "fixture.h"
#include "hisession/events.h"
#include "overlap.h"
#include "users.h"

static const relay_act losses[] = {RELAY_LOSE_ANSWER, RELAY_LOSE_ANSWERS, RELAY_DROP};
enum { LOSSES = sizeof losses / sizeof losses[0] };

static void lose_once(bool (*which)(const verb *), const char *options)
{
    for (int i = 0; i < LOSSES; i++)
        disturb_verbs(which,
                      (disturbance){.options = options, .fault = {.act = losses[i]}});
}

static void test_lost_answer__is_made_up_for(void **state)
{
    (void)state;
    lose_once(verb_is_any, USUAL);
}

static void test_lost_answer__is_made_up_for_without_a_grace(void **state)
{
    (void)state;
    lose_once(verb_moves, NO_GRACE);
}

static void test_lost_answer__is_no_conflict(void **state)
{
    (void)state;
    lose_once(verb_writes, FAILING);
}

static void test_lost_answer__of_a_login_holds_the_limit(void **state)
{
    (void)state;
    lose_once(verb_is_login, LIMITED);
}

/* ---- Saves that are in doubt ---- */

/* A store whose calls end soon, and a session that it read. */
static session_store *begin_saves(const char *options, session **s)
{
    int rc;
    session_store *far = open_store(wire.url, options);
    char *id = create_id(store, "{\"n\":0}");
    do
        rc = session_get(far, id, s);
    while (session_error_category(rc) == SESSION_CATEGORY_SERVER);
    expect_ok(rc);
    free(id);
    return far;
}

/* Saves that the server ran, but of which the store gets no answer. */
static void save_in_doubt(session *s, int64_t n)
{
    int rc;
    expect_ok(session_set_int(s, "n", n));
    relay_set_fault(&wire,
                    (relay_fault){.act = RELAY_LOSE_ANSWER, .times = RELAY_ALWAYS});
    do /* until it was sent, on a busy machine */
        rc = session_save(s);
    while (rc == SESSION_UNAVAILABLE);
    expect_code(rc, SESSION_UNKNOWN);
    relay_release(&wire, true);
}

static int save_in_time(session *s)
{
    int rc, tries = 0;
    do
        rc = session_save(s);
    while (session_error_category(rc) == SESSION_CATEGORY_SERVER && ++tries < 50);
    return rc;
}

static int64_t stored_number(const session *s)
{
    int64_t n = -1;
    session *now = NULL;
    expect_ok(session_get(store, session_id(s), &now));
    expect_ok(session_get_int(now, "n", &n));
    session_free(now);
    return n;
}

static const char *const saving[] = {USUAL IMPATIENT, FAILING IMPATIENT};

static void test_saves__that_were_in_doubt_are_no_conflict(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        for (int doubts = 1; doubts <= 3; doubts++) {
            session *s = NULL;
            session_store *far = begin_saves(saving[i], &s);
            for (int n = 1; n <= doubts; n++)
                save_in_doubt(s, n);
            expect_ok(save_in_time(s));
            assert_int_equal(stored_number(s), doubts);
            expect_ok(session_set_int(s, "n", 9));
            expect_ok(save_in_time(s));
            assert_int_equal(stored_number(s), 9);
            session_free(s);
            session_store_close(far);
        }
}

static void save_as_somebody_else(const session *s, int64_t n)
{
    session *theirs = NULL;
    expect_ok(session_get(store, session_id(s), &theirs));
    expect_ok(session_set_int(theirs, "n", n));
    expect_ok(session_save(theirs));
    session_free(theirs);
}

static void test_save__that_others_built_on_neither_fails_nor_undoes_theirs(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        for (int others = 1; others <= 3; others++) {
            session *s = NULL;
            session_store *far = begin_saves(saving[i], &s);
            save_in_doubt(s, 1);
            for (int n = 1; n <= others; n++)
                save_as_somebody_else(s, 100 + n);
            expect_ok(save_in_time(s));
            assert_int_equal(stored_number(s), 100 + others);
            session_free(s);
            session_store_close(far);
        }
}

/* ---- Moves that are in doubt ---- */

/* Another verb than the one that was in doubt finishes it, too. */
static void expect_finished_by(int (*finish)(session *), const char *options)
{
    session *s = NULL;
    session_store *far = begin_saves(options, &s);
    int rc, tries = 0;
    expect_ok(session_set_user(s, "ada"));
    relay_set_fault(&wire,
                    (relay_fault){.act = RELAY_LOSE_ANSWER, .times = RELAY_ALWAYS});
    do
        rc = session_regenerate(s);
    while (rc == SESSION_UNAVAILABLE);
    relay_release(&wire, true);
    assert_true(rc == SESSION_UNKNOWN || rc == SESSION_OK);
    do
        rc = finish(s);
    while (session_error_category(rc) == SESSION_CATEGORY_SERVER && ++tries < 50);
    expect_ok(rc);
    expect_alive(store, session_id(s));
    assert_string_equal(session_user(s), "ada");
    assert_int_equal(count_of(store, "ada"), 1);
    expect_ok(session_destroy(store, session_id(s)));
    session_free(s);
    session_store_close(far);
}

static void test_regenerate__that_was_in_doubt_is_finished_by_any_verb(void **state)
{
    (void)state;
    static const char *const options[] = {USUAL IMPATIENT, NO_GRACE IMPATIENT};
    int (*const verbs_that_finish[])(session *) = {session_regenerate, session_save};
    for (int i = 0; i < 4; i++)
        expect_finished_by(verbs_that_finish[i / 2], options[i % 2]);
}

/* The session has moved, but the store does not know. */
static void move_in_doubt(session *s)
{
    int rc;
    relay_set_fault(&wire, (relay_fault){.act = RELAY_LOSE_ANSWER,
                                         .times = RELAY_ALWAYS,
                                         .word = "EVALSHA"});
    do
        rc = session_regenerate(s);
    while (rc == SESSION_UNAVAILABLE);
    relay_release(&wire, true);
    expect_code(rc, SESSION_UNKNOWN);
}

static int reload_in_time(session *s)
{
    int rc, tries = 0;
    do
        rc = session_reload(s);
    while (session_error_category(rc) == SESSION_CATEGORY_SERVER && ++tries < 50);
    return rc;
}

static void test_reload__finishes_a_move_that_was_in_doubt(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *far = begin_saves(USUAL IMPATIENT, &s);
    char *before = strdup(session_id(s));
    expect_ok(session_set_user(s, "ada"));
    expect_ok(session_set_int(s, "n", 1));
    move_in_doubt(s);
    expect_ok(reload_in_time(s));
    assert_string_not_equal(session_id(s), before);
    assert_string_equal(session_user(s), "ada");
    assert_int_equal(stored_number(s), 1);
    assert_int_equal(listed_as("ada", session_handle(s)), 1);
    session_free(s);
    session_store_close(far);
    free(before);
}

static void test_user__that_is_set_after_a_move_in_doubt_is_saved_after_it(void **state)
{
    (void)state;
    session *s = NULL;
    session_store *far = begin_saves(USUAL IMPATIENT, &s);
    expect_ok(session_set_user(s, "ada"));
    move_in_doubt(s);
    expect_ok(session_set_user(s, "bob"));
    expect_ok(session_set_int(s, "n", 2));
    expect_ok(save_in_time(s));
    assert_string_equal(session_user(s), "bob");
    assert_int_equal(stored_number(s), 2);
    assert_int_equal(count_of(store, "ada"), 0);
    assert_int_equal(count_of(store, "bob"), 1);
    session_free(s);
    session_store_close(far);
}

/* A refusal says nothing of what the call before it did. */
static void test_move__in_doubt_is_not_taken_back_by_a_refusal(void **state)
{
    (void)state;
    static const char *const refusals[] = {"-OOM x\r\n", "-MISCONF x\r\n",
                                           "-NOPERM x\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        session *s = NULL;
        session_store *far = begin_saves(NO_GRACE IMPATIENT, &s);
        expect_ok(session_set_user(s, "ada"));
        move_in_doubt(s);
        relay_set_fault(&wire, (relay_fault){.act = RELAY_REFUSE,
                                             .times = RELAY_ALWAYS,
                                             .text = refusals[i],
                                             .word = "EVALSHA"});
        assert_int_not_equal(session_regenerate(s), SESSION_OK);
        relay_release(&wire, true);
        expect_ok(save_in_time(s));
        expect_alive(store, session_id(s));
        assert_int_equal(listed_as("ada", session_handle(s)), 1);
        expect_ok(session_destroy(store, session_id(s)));
        session_free(s);
        session_store_close(far);
    }
}

/* ---- Events ---- */

/* The next event, which comes at some time. */
static int next_event(session_events *events)
{
    int kind, rc;
    struct pollfd ready = {session_events_fd(events), POLLIN, 0};
    while ((rc = session_events_next(events, &kind)) == SESSION_NOT_FOUND)
        poll(&ready, 1, -1);
    expect_ok(rc);
    return kind;
}

/* Whether there was such an event before one that the test makes now. */
static bool has_heard(session_events *events, int kind)
{
    session *last = NULL;
    bool found = false, is_over = false;
    session_store *telling = open_store(redis.url, "events=on");
    expect_ok(session_create(telling, NULL, &last));
    while (!is_over) {
        int next = next_event(events);
        is_over = strcmp(session_events_handle(events), session_handle(last)) == 0;
        found |= next == kind && !is_over;
    }
    session_free(last);
    session_store_close(telling);
    return found;
}

/* What the verb tells, whichever of its answers was lost. */
static void expect_told(const verb *v, int kind)
{
    int hits = 1;
    for (int command = 0; hits > 0; command++) {
        session_events *events = NULL;
        scene sc = {.far = open_store(wire.url, USUAL "&events=on"), .has_grace = true};
        scene_begin(&sc, v);
        expect_ok(session_events_open(store, &events));
        relay_set_fault(&wire, (relay_fault){.act = RELAY_LOSE_ANSWER, .skip = command});
        expect_ok(v->call(&sc));
        hits = relay_faults(&wire);
        relay_release(&wire, true);
        if (!has_heard(events, kind))
            fail_msg("%s, whose answer %d was lost, does not tell that it %s", v->name,
                     command, session_event_name(kind));
        session_events_close(events);
        scene_end(&sc);
        session_store_close(sc.far);
    }
}

static int kind_of(const verb *v)
{
    if (v->kind == VERB_MOVES)
        return SESSION_EVENT_REGENERATED;
    if (v->kind == VERB_ENDS)
        return SESSION_EVENT_DESTROYED;
    return v->before == NULL ? SESSION_EVENT_CREATED : 0;
}

static void test_events__tell_what_was_done_though_an_answer_was_lost(void **state)
{
    (void)state;
    for (int i = 0; i < verb_count; i++)
        if (kind_of(&verbs[i]) != 0)
            expect_told(&verbs[i], kind_of(&verbs[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lost_answer__is_made_up_for),
        TEST(test_lost_answer__is_made_up_for_without_a_grace),
        TEST(test_lost_answer__is_no_conflict),
        TEST(test_lost_answer__of_a_login_holds_the_limit),
        TEST(test_saves__that_were_in_doubt_are_no_conflict),
        TEST(test_save__that_others_built_on_neither_fails_nor_undoes_theirs),
        TEST(test_regenerate__that_was_in_doubt_is_finished_by_any_verb),
        TEST(test_reload__finishes_a_move_that_was_in_doubt),
        TEST(test_user__that_is_set_after_a_move_in_doubt_is_saved_after_it),
        TEST(test_move__in_doubt_is_not_taken_back_by_a_refusal),
        TEST(test_events__tell_what_was_done_though_an_answer_was_lost),
    };
    return RUN_TESTS(tests, .options = "", .before = start_relay, .after = stop_relay);
}
