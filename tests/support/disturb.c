#include "disturb.h"

#include <string.h>

#include "fixture.h"
#include "users.h"

enum { MOST_COMMANDS = 64, MOST_CALLS = 50 };

relay wire;

/* What the disturbed call was told. */
typedef struct {
    const verb *v;
    const disturbance *d;
    int command, first, last;
} told;

void start_relay(void)
{
    relay_start(&wire, &redis);
}

void stop_relay(void)
{
    relay_stop(&wire);
}

/* ---- What must hold ---- */

static void expect_right(const told *t, const char *wrong)
{
    static const char *const acts[] = {
        [RELAY_NOTHING] = "",
        [RELAY_LOSE_ANSWER] = "lost after",
        [RELAY_LOSE_ANSWERS] = "lost with all after",
        [RELAY_DROP] = "lost before",
        [RELAY_REFUSE] = "refused at",
        [RELAY_HOLD] = "held before",
        [RELAY_HOLD_ANSWER] = "held after",
    };
    const char *text = t->d->fault.text != NULL ? t->d->fault.text : "";
    if (wrong != NULL)
        fail_msg("%s with %s, %s command %d %s: %s, then %s: %s", t->v->name,
                 t->d->options, acts[t->d->fault.act], t->command, text,
                 session_error_name(t->first), session_error_name(t->last), wrong);
}

static bool is_in_doubt(int code)
{
    return code == SESSION_UNKNOWN || code == SESSION_PROTOCOL;
}

/* Trouble of the server is told as what it is, and never as something of the session. */
static const char *first_code_is_honest(int code)
{
    int category = session_error_category(code);
    if (code == SESSION_OK || category == SESSION_CATEGORY_SERVER)
        return NULL;
    return code == SESSION_AUTH ? NULL : "that is not the trouble there was";
}

/* What somebody was told to be in doubt may be found to be over. */
static bool is_finished(const told *t)
{
    if (t->last == SESSION_NOT_FOUND)
        return t->v->kind == VERB_ENDS && is_in_doubt(t->first);
    return t->last == SESSION_OK;
}

/* ---- One disturbed call ---- */

static void wait_until_passed(void)
{
    while (relay_held(&wire) > 0)
        next_millisecond();
}

static void repeat(told *t, scene *sc)
{
    t->last = t->first;
    for (int i = 0; t->last != SESSION_OK && i < MOST_CALLS; i++) {
        t->last = t->v->call(sc);
        if (session_error_category(t->last) != SESSION_CATEGORY_SERVER)
            break;
    }
}

static void finish(told *t, scene *sc)
{
    if (t->first != SESSION_OK && !is_in_doubt(t->first) &&
        t->d->lateness == DISTURB_NEVER_LATE)
        expect_right(t, scene_is_untouched(sc, t->v));
    if (t->d->lateness == DISTURB_LATER)
        repeat(t, sc);
    relay_release(&wire, true);
    wait_until_passed();
    if (t->d->lateness != DISTURB_LATER)
        repeat(t, sc);
    if (!is_finished(t))
        expect_right(t, "the same call does not finish it");
    bool was_in_doubt = is_in_doubt(t->first) || t->d->lateness != DISTURB_NEVER_LATE;
    expect_right(t, scene_is_done(sc, t->v, was_in_doubt));
}

/* Whether there was a command to disturb. */
static bool disturb(const verb *v, const disturbance *d, int command)
{
    told t = {.v = v, .d = d, .command = command};
    scene sc = {
        .far = open_store(wire.url, d->options),
        .has_limit = strstr(d->options, "user_limit") != NULL,
        .has_grace = strstr(d->options, "regenerate_grace=0s") == NULL,
    };
    relay_fault fault = d->fault;
    fault.skip = command;
    scene_begin(&sc, v);
    relay_set_fault(&wire, fault);
    t.first = t.last = v->call(&sc);
    bool was_hit = relay_faults(&wire) > 0;
    if (d->lateness == DISTURB_NEVER_LATE)
        relay_release(&wire, true);
    expect_right(&t, first_code_is_honest(t.first));
    finish(&t, &sc);
    scene_end(&sc);
    session_store_close(sc.far);
    relay_wait_until_left(&wire);
    return was_hit;
}

static void disturb_each_command(const verb *v, const disturbance *d)
{
    for (int command = 0; disturb(v, d, command); command++)
        assert_true(command < MOST_COMMANDS);
}

bool verb_is_any(const verb *v)
{
    (void)v;
    return true;
}

bool verb_moves(const verb *v)
{
    return v->kind == VERB_MOVES;
}

bool verb_writes(const verb *v)
{
    return v->kind == VERB_WRITES || v->kind == VERB_MOVES;
}

void disturb_verbs(bool (*which)(const verb *), disturbance d)
{
    for (int i = 0; i < verb_count; i++)
        if (which(&verbs[i]))
            disturb_each_command(&verbs[i], &d);
}
