#include "redis/condition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "hisession/session.h"
#include "redis/outcome.h"
#include "redis/refusal.h"

/* The least time between two lines about one cause, and between a failure and its end. */
static const int64_t pause_ms = 1000;

enum { LINE_SIZE = HS_CAUSE_SIZE + 128, CONNECTION = 0 };

/* A line to be logged once the mutex is free; empty for none. */
typedef struct {
    int level;
    char text[LINE_SIZE];
} line;

static void say(const hs_condition *condition, const line *said)
{
    if (said->text[0] != '\0')
        hs_log_write(&condition->log, said->level, "%s%s", condition->subject,
                     said->text);
}

/* ---- One trouble; the mutex is held ---- */

static bool may_say(const hs_trouble *trouble, int64_t now)
{
    return trouble->last_said == 0 || now - trouble->last_said >= pause_ms;
}

static int level_of(int code)
{
    return session_error_category(code) == SESSION_CATEGORY_SETUP ? SESSION_LOG_ERROR
                                                                  : SESSION_LOG_WARNING;
}

static void begin(hs_condition *condition, hs_trouble *trouble, int64_t now)
{
    trouble->is_on = true;
    trouble->is_said = false;
    trouble->is_told = false;
    trouble->since = now;
    trouble->failures = 0;
    atomic_fetch_add(&condition->trouble_count, 1);
}

static void fail(hs_condition *condition, hs_trouble *trouble, int code, line *out)
{
    int64_t now = hs_clock_monotonic_ms();
    if (!trouble->is_on)
        begin(condition, trouble, now);
    trouble->failures++;
    trouble->last_failed = now;
    if (trouble->is_said || !may_say(trouble, now))
        return;
    trouble->is_said = true;
    trouble->is_told = true;
    trouble->last_said = now;
    out->level = level_of(code);
    snprintf(out->text, sizeof out->text, "%s", trouble->cause);
}

static void write_end(const hs_condition *condition, const hs_trouble *trouble,
                      int64_t now, line *out)
{
    char lasted[96];
    int64_t ms = now - trouble->since;
    snprintf(lasted, sizeof lasted, "after %" PRId64 ".%" PRId64 " s and %" PRIu64 " %s",
             ms / 1000, ms % 1000 / 100, trouble->failures,
             trouble->failures == 1 ? "failure" : "failures");
    out->level = SESSION_LOG_INFO;
    if (trouble->command == NULL)
        snprintf(out->text, sizeof out->text, "%s is reachable again, %s",
                 condition->place, lasted);
    else
        snprintf(out->text, sizeof out->text, "%s at %s works again, %s",
                 trouble->command, condition->place, lasted);
}

static void end(hs_condition *condition, hs_trouble *trouble, line *out)
{
    int64_t now = hs_clock_monotonic_ms();
    if (!trouble->is_on || now - trouble->last_failed < pause_ms)
        return;
    if (trouble->is_told && !may_say(trouble, now))
        return;
    if (trouble->is_told) {
        write_end(condition, trouble, now, out);
        trouble->last_said = now;
    }
    trouble->is_on = false;
    atomic_fetch_sub(&condition->trouble_count, 1);
}

/* ---- The connection ---- */

static void fail_connection(hs_condition *condition, int code, const char *cause,
                            bool is_certain)
{
    line said = {0};
    hs_trouble *trouble = &condition->troubles[CONNECTION];
    pthread_mutex_lock(&condition->mutex);
    if ((is_certain || !trouble->is_on) && strcmp(trouble->cause, cause) != 0) {
        snprintf(trouble->cause, sizeof trouble->cause, "%s", cause);
        trouble->is_said = false; /* another cause is another state */
    }
    fail(condition, trouble, code, &said);
    pthread_mutex_unlock(&condition->mutex);
    say(condition, &said);
}

void hs_condition_failed(hs_condition *condition, int code, const char *cause)
{
    fail_connection(condition, code, cause, true);
}

void hs_condition_cut_short(hs_condition *condition, int code, const char *cause)
{
    fail_connection(condition, code, cause, false);
}

/*
 * Whether a thread may look what is over. If another one holds the mutex it need not:
 * the trouble ends with the next answer.
 */
static bool try_lock(hs_condition *condition)
{
    return atomic_load_explicit(&condition->trouble_count, memory_order_relaxed) > 0 &&
           pthread_mutex_trylock(&condition->mutex) == 0;
}

void hs_condition_answers(hs_condition *condition)
{
    line said = {0};
    if (!try_lock(condition))
        return;
    end(condition, &condition->troubles[CONNECTION], &said);
    pthread_mutex_unlock(&condition->mutex);
    say(condition, &said);
}

void hs_condition_cause(hs_condition *condition, char *out, size_t size)
{
    const hs_trouble *trouble = &condition->troubles[CONNECTION];
    pthread_mutex_lock(&condition->mutex);
    snprintf(out, size, "%s", trouble->is_on ? trouble->cause : "");
    pthread_mutex_unlock(&condition->mutex);
}

/* ---- Refusals ---- */

/* The trouble of this cause, or the one that is the least missed in its place. */
static hs_trouble *find_refusal(hs_condition *condition, const char *cause)
{
    hs_trouble *oldest = &condition->troubles[CONNECTION + 1];
    for (int i = CONNECTION + 1; i < HS_TROUBLES; i++) {
        hs_trouble *trouble = &condition->troubles[i];
        if (strcmp(trouble->cause, cause) == 0)
            return trouble;
        if (trouble->last_failed < oldest->last_failed)
            oldest = trouble;
    }
    if (oldest->is_on)
        atomic_fetch_sub(&condition->trouble_count, 1);
    *oldest = (hs_trouble){0};
    snprintf(oldest->cause, sizeof oldest->cause, "%s", cause);
    return oldest;
}

static void refuse(hs_condition *condition, const char *command, const char *words,
                   int code)
{
    line said = {0};
    pthread_mutex_lock(&condition->mutex);
    hs_trouble *trouble = find_refusal(condition, words);
    if (!trouble->is_on)
        trouble->command = command;
    fail(condition, trouble, code, &said);
    pthread_mutex_unlock(&condition->mutex);
    if (said.text[0] != '\0')
        snprintf(said.text, sizeof said.text, "%s at %s: %s", command, condition->place,
                 words);
    say(condition, &said);
}

void hs_condition_refused(hs_condition *condition, const char *command,
                          const hs_reply *error)
{
    hs_advice advice;
    char words[HS_REFUSAL_SIZE];
    int code = hs_outcome_of_error(error, &advice);
    /* One is no trouble, the other is about a key, not about the server. */
    if (advice == HS_ADVICE_SEND_SCRIPT || code == SESSION_CORRUPT)
        return;
    hs_refusal_describe(error, words);
    refuse(condition, command, words, code);
}

void hs_condition_accepted(hs_condition *condition, const char *command)
{
    line said = {0};
    if (!try_lock(condition))
        return;
    for (int i = CONNECTION + 1; i < HS_TROUBLES && said.text[0] == '\0'; i++) {
        hs_trouble *trouble = &condition->troubles[i];
        if (trouble->is_on && strcmp(trouble->command, command) == 0)
            end(condition, trouble, &said);
    }
    pthread_mutex_unlock(&condition->mutex);
    say(condition, &said);
}

void hs_condition_hear(hs_condition *condition, const hs_command *command,
                       const hs_reply *replies, int count)
{
    bool is_well =
        atomic_load_explicit(&condition->trouble_count, memory_order_relaxed) == 0;
    for (int i = 0; i < count; i++) {
        if (replies[i].kind != HS_REPLY_ERROR && !is_well)
            hs_condition_accepted(condition, command->expected[i].name);
        else if (replies[i].kind == HS_REPLY_ERROR && !command->expected[i].minor)
            hs_condition_refused(condition, command->expected[i].name, &replies[i]);
    }
    if (!is_well)
        hs_condition_answers(condition);
}

/* ---- Life ---- */

int hs_condition_init(hs_condition *condition, const hs_endpoint *endpoint,
                      const char *subject, hs_log log)
{
    *condition = (hs_condition){.subject = subject, .log = log};
    hs_endpoint_place(endpoint, condition->place);
    atomic_init(&condition->trouble_count, 0);
    return pthread_mutex_init(&condition->mutex, NULL) == 0 ? SESSION_OK : SESSION_SYSTEM;
}

void hs_condition_forget(hs_condition *condition)
{
    pthread_mutex_init(&condition->mutex, NULL);
    memset(condition->troubles, 0, sizeof condition->troubles);
    atomic_store(&condition->trouble_count, 0);
}

void hs_condition_destroy(hs_condition *condition)
{
    pthread_mutex_destroy(&condition->mutex);
}
