#include "redis/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* ---- Replies ---- */

void hs_reply_free(hs_reply *reply)
{
    hs_memory_free(reply->text, reply->length);
    *reply = (hs_reply){0};
}

bool hs_command_accepts(const hs_command *command, int index, const hs_reply *reply)
{
    const hs_expected *expected = &command->expected[index];
    if (reply->kind == HS_REPLY_ERROR)
        return true;
    if ((expected->kinds & (unsigned)reply->kind) == 0)
        return false;
    if (reply->kind == HS_REPLY_STATUS)
        return strcmp(reply->word, "OK") == 0;
    if (reply->kind == HS_REPLY_INTEGER)
        return reply->integer >= expected->least && reply->integer <= expected->most;
    return true;
}

/* ---- Bytes ---- */

void hs_command_begin(hs_command *command)
{
    hs_buffer_borrow(&command->bytes, command->room, sizeof command->room);
    command->reply_count = 0;
    command->decisive = 0;
    command->expected = command->few;
    command->capacity = HS_COMMAND_REPLIES;
    command->script = NULL;
}

/* Makes room for one more expectation; false, and the command has failed, without. */
static bool grow_expected(hs_command *command)
{
    if (command->reply_count < command->capacity)
        return true;
    size_t size = (size_t)command->capacity * sizeof *command->expected;
    hs_expected *grown = hs_memory_new(2 * size);
    if (grown == NULL) {
        command->bytes.failed = true;
        return false;
    }
    memcpy(grown, command->expected, size);
    if (command->expected != command->few)
        hs_memory_free(command->expected, size);
    command->expected = grown;
    command->capacity *= 2;
    return true;
}

static void expect(hs_command *command, hs_expected expected)
{
    if (!grow_expected(command))
        return;
    command->expected[command->reply_count++] = expected;
    if (!expected.minor)
        command->decisive = command->reply_count;
}

void hs_command_last_is_minor(hs_command *command)
{
    if (command->bytes.failed)
        return;
    command->expected[command->reply_count - 1].minor = true;
    command->decisive = command->reply_count;
    while (command->decisive > 0 && command->expected[command->decisive - 1].minor)
        command->decisive--;
}

static void append_header(hs_command *command, char sign, size_t number)
{
    hs_buffer_append(&command->bytes, &sign, 1);
    hs_buffer_append_int(&command->bytes, (int64_t)number);
    hs_buffer_append(&command->bytes, "\r\n", 2);
}

static void append_bytes(hs_command *command, const char *bytes, size_t length)
{
    append_header(command, '$', length);
    hs_buffer_append(&command->bytes, bytes, length);
    hs_buffer_append(&command->bytes, "\r\n", 2);
}

static void append_text(hs_command *command, const char *text)
{
    append_bytes(command, text, strlen(text));
}

static void append_int(hs_command *command, int64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    append_bytes(command, digits, (size_t)length);
}

/* Starts one more command of `count` words that gets one reply. */
static void append_command(hs_command *command, size_t count, const char *name,
                           hs_expected expected)
{
    expected.name = name;
    expect(command, expected);
    append_header(command, '*', count);
    append_text(command, name);
}

void hs_command_add(hs_command *command, const char *const *words, size_t count,
                    hs_expected expected)
{
    append_command(command, count, words[0], expected);
    for (size_t i = 1; i < count; i++)
        append_text(command, words[i]);
}

static void append_key(hs_command *command, const hs_key *key)
{
    append_bytes(command, key->text, key->length);
}

static const hs_expected expect_ok = {.kinds = HS_REPLY_STATUS};
static const hs_expected expect_flag = {.kinds = HS_REPLY_INTEGER, .least = 0, .most = 1};
static const hs_expected expect_value = {.kinds = HS_REPLY_STRING | HS_REPLY_NIL};

static void append_key_command(hs_command *command, const char *name, const hs_key *key,
                               hs_expected expected)
{
    append_command(command, 2, name, expected);
    append_key(command, key);
}

void hs_command_add_value(hs_command *command, const hs_key *key)
{
    append_key_command(command, "GET", key, expect_value);
}

void hs_command_add_get(hs_command *command, const hs_key *key)
{
    /* -2 is no key, -1 no expiry. */
    const hs_expected ttl = {.kinds = HS_REPLY_INTEGER, .least = -2, .most = INT64_MAX};
    hs_command_add_value(command, key);
    append_key_command(command, "PTTL", key, ttl);
}

void hs_command_get(hs_command *command, const hs_key *key)
{
    hs_command_begin(command);
    hs_command_add_get(command, key);
}

void hs_command_add_create(hs_command *command, const hs_key *key, const char *value,
                           size_t length, int64_t ttl_ms)
{
    hs_buffer_reserve(&command->bytes, length + HS_COMMAND_ROOM);
    append_command(command, 6, "SET",
                   (hs_expected){.kinds = HS_REPLY_STATUS | HS_REPLY_NIL});
    append_key(command, key);
    append_bytes(command, value, length);
    append_text(command, "NX");
    append_text(command, "PX");
    append_int(command, ttl_ms);
}

void hs_command_add_extend(hs_command *command, const hs_key *key, int64_t ttl_ms,
                           bool endless)
{
    append_command(command, 4, "PEXPIRE", expect_flag);
    append_key(command, key);
    append_int(command, ttl_ms);
    /* PEXPIRE GT leaves a key without an expiry alone, because it treats that as an
     * infinite one; NX sets the expiry of just such a key. */
    append_text(command, endless ? "NX" : "GT");
}

void hs_command_delete(hs_command *command, const hs_key *key)
{
    hs_command_begin(command);
    append_key_command(command, "UNLINK", key, expect_flag);
}

void hs_command_publish(hs_command *command, const char *prefix, const hs_buffer *message)
{
    hs_key channel;
    hs_key_make(&channel, prefix, HS_EVENTS_CHANNEL);
    hs_command_begin(command);
    append_command(command, 3, "PUBLISH",
                   (hs_expected){.kinds = HS_REPLY_INTEGER, .most = INT64_MAX});
    append_key(command, &channel);
    append_bytes(command, message->data, message->length);
}

void hs_command_subscribe(hs_command *command, const char *channel)
{
    hs_command_begin(command);
    append_command(command, 2, "SUBSCRIBE", (hs_expected){0});
    append_text(command, channel);
}

void hs_command_ping(hs_command *command)
{
    hs_command_begin(command);
    append_command(command, 1, "PING", (hs_expected){0});
}

void hs_command_select(hs_command *command, int64_t database)
{
    hs_command_begin(command);
    append_command(command, 2, "SELECT", expect_ok);
    append_int(command, database);
}

void hs_command_auth(hs_command *command, const char *user, const char *password)
{
    bool named = user[0] != '\0';
    hs_command_begin(command);
    append_command(command, named ? 3 : 2, "AUTH", expect_ok);
    if (named)
        append_text(command, user);
    append_text(command, password);
}

/* ---- Scripts ---- */

static size_t room_for(const hs_script_call *call)
{
    const size_t around_word = 32;
    size_t room = call->key_count * sizeof *call->keys;
    for (size_t i = 0; i < call->argument_count; i++)
        room += call->arguments[i].length + around_word;
    return room + HS_COMMAND_ROOM;
}

/* The words that say which script is to run. */
static void append_script_name(hs_command *command, const char *name, const char *code)
{
    append_text(command, name);
    append_text(command, code);
}

void hs_command_add_script(hs_command *command, const hs_script_call *call)
{
    bool is_first = command->script == NULL;
    hs_expected expected = call->expected;
    expected.name = call->script->name;
    expect(command, expected);
    hs_buffer_reserve(&command->bytes, room_for(call));
    append_header(command, '*', 3 + call->key_count + call->argument_count);
    if (is_first)
        command->script_start = command->bytes.length;
    append_script_name(command, "EVALSHA", call->script->hash);
    if (is_first) {
        command->script = call->script;
        command->script_end = command->bytes.length;
    }
    append_int(command, (int64_t)call->key_count);
    for (size_t i = 0; i < call->key_count; i++)
        append_key(command, &call->keys[i]);
    for (size_t i = 0; i < call->argument_count; i++)
        append_bytes(command, call->arguments[i].start, call->arguments[i].length);
}

void hs_command_send_script(hs_command *command)
{
    hs_buffer old = command->bytes;
    if (command->script == NULL || old.failed)
        return;
    command->bytes = (hs_buffer){0};
    hs_buffer_reserve(&command->bytes, old.length + strlen(command->script->text));
    hs_buffer_append(&command->bytes, old.data, command->script_start);
    append_script_name(command, "EVAL", command->script->text);
    hs_buffer_append(&command->bytes, old.data + command->script_end,
                     old.length - command->script_end);
    command->script = NULL;
    hs_buffer_free(&old);
}

/* ---- Whole commands ---- */

void hs_command_append(hs_command *command, const hs_command *other, bool minor)
{
    if (command->script == NULL && other->script != NULL) {
        command->script = other->script;
        command->script_start = other->script_start + command->bytes.length;
        command->script_end = other->script_end + command->bytes.length;
    }
    for (int i = 0; i < other->reply_count; i++) {
        hs_expected expected = other->expected[i];
        expected.minor |= minor;
        expect(command, expected);
    }
    hs_buffer_append(&command->bytes, other->bytes.data, other->bytes.length);
    command->bytes.failed |= other->bytes.failed;
}

void hs_command_free(hs_command *command)
{
    hs_buffer_free(&command->bytes);
    if (command->expected != command->few)
        hs_memory_free(command->expected,
                       (size_t)command->capacity * sizeof *command->expected);
    command->expected = command->few;
}
