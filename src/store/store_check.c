/* Trying whether a store can work: its server, its login, and each of its rights. */
#include <stdio.h>
#include <string.h>

#include "redis/refusal.h"
#include "store/store.h"

typedef struct {
    session_store *store;
    hs_deadline deadline;
    const hs_reason *why;
    hs_key key;     /* holds a string while the check runs */
    hs_key list[2]; /* the list of a user that nobody is */
} check;

/* ---- What came of a step ---- */

/* Whether a command on a key of another type was refused for nothing else. */
static bool is_wrong_type(const hs_reply *reply)
{
    hs_advice advice;
    return hs_outcome_of_error(reply, &advice) == SESSION_CORRUPT;
}

static int refuse_reply(const check *c, const char *name, const hs_reply *reply)
{
    hs_advice advice;
    char words[HS_REFUSAL_SIZE];
    int code = hs_outcome_of_handshake(hs_outcome_of_error(reply, &advice));
    hs_refusal_describe(reply, words);
    return hs_refuse(c->why, code, "%s: %s", name, words);
}

static int refuse_silence(const check *c, int code)
{
    char cause[HS_CAUSE_SIZE];
    hs_condition_cause(&c->store->client.pool.condition, cause, sizeof cause);
    return hs_refuse(c->why, code, "%s",
                     cause[0] != '\0' ? cause : session_error_text(code));
}

static int judge(const check *c, const hs_command *command, const hs_answer *answer)
{
    for (int i = 0; i < command->reply_count; i++)
        if (answer->replies[i].kind == HS_REPLY_ERROR &&
            !is_wrong_type(&answer->replies[i]))
            return refuse_reply(c, command->expected[i].name, &answer->replies[i]);
    int rc = hs_outcome_of_read(answer);
    bool is_allowed = rc == SESSION_OK || rc == SESSION_CORRUPT;
    return is_allowed ? SESSION_OK : refuse_silence(c, rc);
}

static int run(const check *c, hs_command *command)
{
    hs_answer answer;
    hs_client_run(&c->store->client, command, c->deadline, HS_TRY_AGAIN, &answer);
    int rc = judge(c, command, &answer);
    hs_answer_free(&answer);
    return rc;
}

/* ---- Commands ---- */

enum { WORDS = 6 };

/* Longer than any check, so that a key that a check could not remove ends by itself. */
#define TWO_HOURS "7200000"

/*
 * In the order in which they run; "" stands for the key. Those of lists change nothing,
 * because the key holds a string: they are refused with WRONGTYPE if the user may run
 * them, and with NOPERM if not.
 */
static const char *const commands[][WORDS] = {
    {"SET", "", "{}", "PX", TWO_HOURS, "NX"},
    {"GET", ""},
    {"PTTL", ""},
    {"PEXPIRE", "", TWO_HOURS, "GT"},
    {"ZADD", "", "1", "x"},
    {"ZREM", "", "x"},
    {"ZRANGEBYSCORE", "", "0", "0"},
    {"ZSCORE", "", "x"},
    {"ZCARD", ""},
    {"ZCOUNT", "", "0", "0"},
    {"HGET", "", "x"},
    {"HSET", "", "x", "x"},
    {"HDEL", "", "x"},
};

static const char *const last_commands[][WORDS] = {
    {"UNLINK", ""},
};

static const hs_expected anything = {
    .kinds = HS_REPLY_NIL | HS_REPLY_STATUS | HS_REPLY_INTEGER | HS_REPLY_STRING,
    .least = INT64_MIN,
    .most = INT64_MAX,
};

static void add(const check *c, hs_command *command, const char *const row[WORDS])
{
    const char *words[WORDS];
    size_t count = 0;
    for (; count < WORDS && row[count] != NULL; count++)
        words[count] = count == 1 ? c->key.text : row[count];
    hs_command_add(command, words, count, anything);
}

static int try_commands(const check *c, const char *const rows[][WORDS], size_t count)
{
    int rc = SESSION_OK;
    for (size_t i = 0; i < count && rc == SESSION_OK; i += HS_COMMAND_REPLIES) {
        hs_command command;
        hs_command_begin(&command);
        for (size_t n = i; n < count && n < i + HS_COMMAND_REPLIES; n++)
            add(c, &command, rows[n]);
        rc = run(c, &command);
        hs_command_free(&command);
    }
    return rc;
}

/* Removes the key of a check that failed, if the user may. */
static void clean_up(const check *c)
{
    hs_command command;
    hs_answer answer;
    hs_command_delete(&command, &c->key);
    command.expected[0].minor = true;
    hs_client_run(&c->store->client, &command, c->deadline, HS_TRY_ONCE, &answer);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

/* ---- Scripts ---- */

static int run_script(const check *c, const hs_script_call *call, bool whole)
{
    hs_command command;
    hs_command_begin(&command);
    hs_command_add_script(&command, call);
    if (whole)
        hs_command_send_script(&command);
    int rc = run(c, &command);
    hs_command_free(&command);
    return rc;
}

/* By its text, and then by its hash alone, because each takes a right of its own. */
static int try_script(const check *c, const hs_script *script, const hs_key *keys,
                      size_t key_count, const hs_slice *arguments, size_t count)
{
    const hs_script_call call = {script, keys, key_count, arguments, count, anything};
    int rc = run_script(c, &call, true);
    return rc == SESSION_OK ? run_script(c, &call, false) : rc;
}

/* The scripts of the verbs, so that they leave what they find as it is. */
static int try_scripts(const check *c)
{
    const hs_slice same[] = {hs_slice_of("{}"), hs_slice_of("{}"), hs_slice_of(TWO_HOURS),
                             hs_slice_of(""), hs_slice_of("1")};
    /* A tombstone is left as it is. */
    const hs_slice end[] = {hs_slice_of("AAAAAAAA"), hs_slice_of("1 0 0"),
                            hs_slice_of("{}"), hs_slice_of(""), hs_slice_of("")};
    const hs_slice none[] = {hs_slice_of("x"), hs_slice_of("1"), hs_slice_of("0"),
                             hs_slice_of("1")};
    const hs_slice page[] = {hs_slice_of("-inf"), hs_slice_of("+inf"), hs_slice_of("1")};
    hs_key keys[2] = {c->key};
    hs_key_make_mark(&keys[1], &keys[0]);
    int rc = try_script(c, &hs_script_replace, keys, 2, same, 5);
    if (rc == SESSION_OK)
        rc = try_script(c, &hs_script_end, keys, 2, end, 5);
    if (rc == SESSION_OK)
        rc = try_script(c, &hs_script_reserve, c->list, 1, none, 4);
    if (rc == SESSION_OK)
        rc = try_script(c, &hs_script_user_list, c->list, 1, page, 3);
    return rc;
}

/* An empty message, which listeners ignore. */
static int try_publish(const check *c)
{
    const hs_buffer nothing = {0};
    hs_command command;
    if (c->store->settings.events == 0)
        return SESSION_OK;
    hs_command_publish(&command, c->store->settings.prefix, &nothing);
    int rc = run(c, &command);
    hs_command_free(&command);
    return rc;
}

/* ---- Settings that end sessions ---- */

/* Whether the server's information has this line, and what follows "name:" there. */
static bool find_setting(const char *information, const char *name, hs_slice *value)
{
    const char *found = strstr(information, name);
    if (found == NULL)
        return false;
    found += strlen(name);
    *value = (hs_slice){found, strcspn(found, "\r\n")};
    return true;
}

static void advise(const check *c, const char *information)
{
    hs_slice value;
    const hs_condition *condition = &c->store->client.pool.condition;
    bool can_be_full =
        find_setting(information, "\nmaxmemory:", &value) && !hs_slice_equals(value, "0");
    if (can_be_full && find_setting(information, "\nmaxmemory_policy:", &value) &&
        !hs_slice_equals(value, "noeviction"))
        hs_log_write(&condition->log, SESSION_LOG_WARNING,
                     "%s: maxmemory-policy is %.*s: when its memory is full, sessions "
                     "and users' lists end before their time",
                     condition->place, (int)value.length, value.start);
    if (find_setting(information, "\naof_enabled:", &value) &&
        hs_slice_equals(value, "0"))
        hs_log_write(&condition->log, SESSION_LOG_WARNING,
                     "%s: appendonly is off: a restart loses sessions, or brings back "
                     "ones that had ended",
                     condition->place);
    if (find_setting(information, "\nrole:", &value) && !hs_slice_equals(value, "master"))
        hs_log_write(&condition->log, SESSION_LOG_WARNING,
                     "%s is a replica: what is written there is lost", condition->place);
}

/* Most users may not run INFO; that is no fault. */
static void look_at_settings(const check *c)
{
    static const char *const words[] = {"INFO"};
    hs_expected information = anything;
    hs_command command;
    hs_answer answer;
    information.minor = true;
    if (atomic_exchange(&c->store->has_advised, true))
        return;
    hs_command_begin(&command);
    hs_command_add(&command, words, 1, information);
    hs_client_run(&c->store->client, &command, c->deadline, HS_TRY_ONCE, &answer);
    if (answer.replies[0].kind == HS_REPLY_STRING)
        advise(c, answer.replies[0].text);
    hs_answer_free(&answer);
    hs_command_free(&command);
}

/* ---- The check ---- */

static int try_all(const check *c)
{
    int rc = try_commands(c, commands, sizeof commands / sizeof commands[0]);
    if (rc == SESSION_OK)
        rc = try_scripts(c);
    if (rc == SESSION_OK)
        rc = try_publish(c);
    if (rc == SESSION_OK)
        rc = try_commands(c, last_commands,
                          sizeof last_commands / sizeof last_commands[0]);
    if (rc != SESSION_OK)
        clean_up(c);
    return rc;
}

/* Keys that nobody else uses; as no id has a colon, nobody takes one for a session. */
static void make_keys(check *c)
{
    char id[HS_ID_SIZE], name[sizeof "user:{}:note" + HS_ID_SIZE];
    const char *prefix = c->store->settings.prefix;
    hs_id_generate(id);
    snprintf(name, sizeof name, "check:%s", id);
    hs_key_make(&c->key, prefix, name);
    snprintf(name, sizeof name, "user:{%s}", id);
    hs_key_make(&c->list[0], prefix, name);
    snprintf(name, sizeof name, "user:{%s}:note", id);
    hs_key_make(&c->list[1], prefix, name);
}

int session_store_check(session_store *store, char *errbuf, size_t errbuf_size)
{
    const hs_reason why = {errbuf, errbuf_size};
    hs_refuse(&why, SESSION_OK, "%s", "");
    if (!hs_magic_is(store, HS_MAGIC_STORE))
        return hs_refuse(&why, SESSION_INVALID, "there is no store to check");
    check c = {.store = store, .deadline = hs_store_deadline(store), .why = &why};
    make_keys(&c);
    int rc = try_all(&c);
    if (rc == SESSION_OK)
        look_at_settings(&c);
    return rc;
}
