#include "overlap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "relay.h"
#include "threads.h"
#include "users.h"

enum { AT_ONCE = -1, USUAL_ROUNDS = 30, MOST_COMMANDS = 64 };

/* How one of the calls is held back. */
typedef struct {
    int who; /* AT_ONCE for none */
    relay_act act;
    int skip;
    bool passes;
} way;

static relay between;
static bool has_relay;
static const scenario *current;
static pthread_barrier_t gate;

/* ---- One round ---- */

static void call_at_the_gate(worker *self)
{
    overlap *o = self->context;
    pthread_barrier_wait(&gate);
    o->codes[self->number] = current->calls[self->number](o, self->number);
}

static void call_at_once(overlap *o)
{
    pthread_barrier_init(&gate, NULL, 2);
    run_threads(2, call_at_the_gate, o);
    pthread_barrier_destroy(&gate);
}

static void call_far(worker *self)
{
    overlap *o = self->context;
    int who = o->stores[0] == store ? 1 : 0;
    o->codes[who] = current->calls[who](o, who);
    atomic_store(&o->over, true);
}

/* Whether there was a command to hold. */
static bool call_between(overlap *o, const way *w)
{
    int other = 1 - w->who;
    relay_set_fault(&between, (relay_fault){.act = w->act, .skip = w->skip});
    team *far = start_threads(1, call_far, o);
    while (relay_held(&between) == 0 && !atomic_load(&o->over))
        next_millisecond();
    o->codes[other] = current->calls[other](o, other);
    relay_release(&between, w->passes);
    finish(far);
    return relay_faults(&between) > 0;
}

static void end(overlap *o)
{
    session_free(o->sessions[0]);
    session_free(o->sessions[1]);
    session_list_free(o->list);
}

static void expect_kept(overlap *o, const way *w)
{
    const char *wrong = current->check(o);
    if (wrong == NULL)
        return;
    const char *first = session_error_name(o->codes[0]);
    const char *second = session_error_name(o->codes[1]);
    if (w->who == AT_ONCE)
        fail_msg("%s: %s and %s, at the same time", wrong, first, second);
    fail_msg("%s: %s and %s, call %d %s its command %d%s", wrong, first, second, w->who,
             w->act == RELAY_HOLD ? "held before" : "held after", w->skip,
             w->passes ? "" : ", whose answer is lost");
}

/* Whether there was a command to hold. */
static bool run_round(session_store *far, const way *w)
{
    overlap o = {.stores = {store, store}, .answer_was_lost = !w->passes};
    bool was_held = true;
    free(SERVER_RUN(&redis, "FLUSHALL"));
    if (w->who != AT_ONCE)
        o.stores[w->who] = far;
    current->begin(&o);
    if (w->who == AT_ONCE)
        call_at_once(&o);
    else
        was_held = call_between(&o, w);
    expect_kept(&o, w);
    end(&o);
    return was_held;
}

/* ---- All ways ---- */

static void hold_at_each_command(session_store *far, int who)
{
    const way ways[] = {
        {who, RELAY_HOLD, 0, true},
        {who, RELAY_HOLD_ANSWER, 0, false},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        way w = ways[i];
        while (run_round(far, &w))
            assert_in_range(++w.skip, 1, MOST_COMMANDS);
    }
}

/* A test that failed left its relay. */
static void open_relay(void)
{
    if (has_relay)
        relay_stop(&between);
    relay_start(&between, &redis);
    has_relay = true;
}

static void close_relay(void)
{
    relay_stop(&between);
    has_relay = false;
}

void overlap_in_every_way(const scenario *s, const char *options)
{
    const way at_once = {.who = AT_ONCE, .passes = true};
    current = s;
    reopen_store(options);
    open_relay();
    session_store *far = open_store(between.url, options);
    hold_at_each_command(far, 0);
    hold_at_each_command(far, 1);
    for (int i = 0; i < (s->rounds > 0 ? s->rounds : USUAL_ROUNDS); i++)
        run_round(far, &at_once);
    session_store_close(far);
    close_relay();
}

/* ---- To begin with ---- */

void overlap_log_in_devices(overlap *o)
{
    o->device_count = OVERLAP_DEVICES;
    for (int i = 0; i < OVERLAP_DEVICES; i++) {
        session *s = log_in(store, "ada");
        strcpy(o->devices[i], session_id(s));
        session_free(s);
        next_millisecond();
    }
}

void overlap_read_twice(overlap *o, const char *user)
{
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, user));
    expect_ok(session_set_int(s, "before", 1));
    expect_ok(session_save(s));
    strcpy(o->id, session_id(s));
    strcpy(o->handle, session_handle(s));
    session_free(s);
    for (int i = 0; i < 2; i++)
        expect_ok(session_get(o->stores[i], o->id, &o->sessions[i]));
}

/* ---- To check with ---- */

bool lives(const char *id)
{
    return get_code(store, id) == SESSION_OK;
}

bool devices_live(const overlap *o)
{
    for (int i = 0; i < o->device_count; i++)
        if (!lives(o->devices[i]))
            return false;
    return true;
}

size_t listed(const char *user)
{
    return count_of(store, user);
}

size_t listed_as(const char *user, const char *handle)
{
    size_t count = 0;
    session_list *list = list_of(store, user);
    for (size_t i = 0; i < session_list_count(list); i++)
        count += strcmp(session_list_handle(list, i), handle) == 0;
    session_list_free(list);
    return count;
}

void expect_ended_by_name(session *s)
{
    int64_t destroyed = 0;
    assert_int_equal(listed_as("ada", session_handle(s)), 1);
    expect_ok(session_destroy_user(store, "ada", NULL, &destroyed));
    assert_int_equal(destroyed, 1);
    expect_gone(store, session_id(s));
    session_free(s);
}
