/*
 * Verbs that are disturbed at each of their commands, and what must hold then: what the
 * verb says is true, and where it is in doubt, the same call on the same object finishes
 * it.
 */
#ifndef TEST_DISTURB_H
#define TEST_DISTURB_H

#include <stdbool.h>

#include "relay.h"
#include "verbs.h"

/* When a command that is held goes on: before the call is repeated, or after that. */
typedef enum { DISTURB_NEVER_LATE, DISTURB_LATE, DISTURB_LATER } disturb_lateness;

typedef struct {
    const char *options; /* of the verb's store */
    relay_fault fault;   /* whose `skip` is each number in turn */
    disturb_lateness lateness;
} disturbance;

/* Those verbs; each of their commands in turn is disturbed. */
void disturb_verbs(bool (*which)(const verb *), disturbance d);

bool verb_is_any(const verb *v);
bool verb_moves(const verb *v);
bool verb_writes(const verb *v); /* or moves */

/* For RUN_TESTS: the relay through which the verbs go, in front of `redis`. */
extern relay wire;
void start_relay(void);
void stop_relay(void);

/* ---- Options of the verbs' stores ---- */

#define USUAL "touch_interval=0ms"
#define LIMITED "touch_interval=0ms&user_limit=2"
#define NO_GRACE "touch_interval=0ms&regenerate_grace=0s"
#define FAILING "touch_interval=0ms&on_conflict=fail"
#define IMPATIENT "&deadline=30ms"

#endif
