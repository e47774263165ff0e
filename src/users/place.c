#include "users/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { MEMBER_SIZE = HS_ID_SIZE + 1, ASSOCIATED_SIZE = HS_HANDLE_SIZE + HS_ID_SIZE };

static const int64_t minute = 60000, day = 86400000;

static const hs_expected count_of_changes = {
    .kinds = HS_REPLY_INTEGER,
    .least = 0,
    .most = 2,
};

void hs_place_of(hs_place *place, const session_store *store, const hs_user_list *list,
                 const hs_address *address, const hs_record *record)
{
    int64_t now = hs_clock_unix_ms();
    *place = (hs_place){
        .store = store,
        .list = list,
        .id = hs_address_storage_id(address),
        .ttl_ms = hs_store_ttl_ms(store, record, now),
        .expires_in_ms = record->absolute_expires_at - now,
    };
}

int64_t hs_place_score(const session_store *store, int64_t ttl_ms)
{
    return hs_clock_unix_ms() + ttl_ms + store->settings.touch_interval + minute;
}

/* ---- Commands ---- */

static void add(hs_command *command, const char *const *words, size_t count)
{
    hs_command_add(command, words, count, count_of_changes);
}

#define ADD(command, ...)                                                                \
    add((command), (const char *const[]){__VA_ARGS__},                                   \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

#define ADD_MINOR(command, ...)                                                          \
    (ADD(command, __VA_ARGS__), hs_command_last_is_minor(command))

static void name_pending(const char *id, char member[MEMBER_SIZE])
{
    snprintf(member, MEMBER_SIZE, "?%s", id);
}

void hs_place_add_pending(hs_command *command, const hs_place *place)
{
    char member[MEMBER_SIZE], score[HS_NUMBER_SIZE], ttl[HS_NUMBER_SIZE];
    const char *set = place->list->set.text;
    name_pending(place->id, member);
    snprintf(score, sizeof score, "%" PRId64, hs_clock_unix_ms() + HS_MARGIN_MS);
    snprintf(ttl, sizeof ttl, "%" PRId64, place->expires_in_ms + day);
    ADD(command, "ZADD", set, "GT", score, member);
    /* A new list must not stay for ever; what makes the place certain does the rest. */
    ADD_MINOR(command, "PEXPIRE", set, ttl, "NX");
}

void hs_place_add_reservation(hs_command *command, const hs_place *place, int64_t most,
                              hs_slice free_places)
{
    char member[MEMBER_SIZE], score[HS_NUMBER_SIZE], ttl[HS_NUMBER_SIZE];
    hs_buffer limit = {0};
    name_pending(place->id, member);
    snprintf(score, sizeof score, "%" PRId64, hs_clock_unix_ms() + HS_MARGIN_MS);
    snprintf(ttl, sizeof ttl, "%" PRId64, place->expires_in_ms + day);
    hs_buffer_append_int(&limit, most);
    hs_buffer_append(&limit, free_places.start, free_places.length);
    const hs_slice arguments[] = {hs_slice_of(member), hs_slice_of(score),
                                  (hs_slice){limit.data, limit.length}, hs_slice_of(ttl)};
    const hs_script_call call = {
        .script = &hs_script_reserve,
        .keys = &place->list->set,
        .key_count = 1,
        .arguments = arguments,
        .argument_count = 4,
        .expected = {.kinds = HS_REPLY_INTEGER | HS_REPLY_NIL, .least = 1, .most = 1},
    };
    hs_command_add_script(command, &call);
    command->bytes.failed |= limit.failed;
    hs_buffer_free(&limit);
}

void hs_place_add_clearing(hs_command *command, const hs_user_list *list)
{
    const hs_script_call call = {
        .script = &hs_script_clear,
        .keys = &list->set,
        .key_count = 1,
        .expected = {.kinds = HS_REPLY_INTEGER, .least = 0, .most = 1},
    };
    hs_command_add_script(command, &call);
}

void hs_place_add(hs_command *command, const hs_place *place, const char *note)
{
    char score[HS_NUMBER_SIZE], ttl[HS_NUMBER_SIZE];
    const hs_key keys[2] = {place->list->set, place->list->notes};
    snprintf(score, sizeof score, "%" PRId64,
             hs_place_score(place->store, place->ttl_ms));
    snprintf(ttl, sizeof ttl, "%" PRId64, place->expires_in_ms + day);
    const hs_slice arguments[] = {hs_slice_of(place->id), hs_slice_of(score),
                                  hs_slice_of(ttl),
                                  hs_slice_of(note != NULL ? note : "")};
    const hs_script_call call = {
        .script = &hs_script_place,
        .keys = keys,
        .key_count = 2,
        .arguments = arguments,
        .argument_count = 4,
        .expected = {.kinds = HS_REPLY_INTEGER, .least = 1, .most = 1},
    };
    hs_command_add_script(command, &call);
}

void hs_place_add_removal(hs_command *command, const hs_user_list *list, const char *id)
{
    char member[MEMBER_SIZE];
    name_pending(id, member);
    ADD_MINOR(command, "ZREM", list->set.text, id, member);
    ADD_MINOR(command, "HDEL", list->notes.text, id);
}

void hs_place_add_later(hs_command *command, const hs_user_list *list, const char *id,
                        int64_t ms)
{
    char score[HS_NUMBER_SIZE];
    snprintf(score, sizeof score, "%" PRId64, hs_clock_unix_ms() + ms);
    ADD_MINOR(command, "ZADD", list->set.text, "GT", "XX", score, id);
}

/* ---- Notes ---- */

void hs_place_add_note(hs_command *command, const hs_user_list *list, const char *id)
{
    const char *const words[] = {"HGET", list->notes.text, id};
    hs_command_add(command, words, 3,
                   (hs_expected){.kinds = HS_REPLY_STRING | HS_REPLY_NIL});
    hs_command_last_is_minor(command);
}

static void associate(const hs_user_list *list, const char *id,
                      char associated[ASSOCIATED_SIZE])
{
    snprintf(associated, ASSOCIATED_SIZE, "%s%s", list->name, id);
}

int hs_place_close_note(const hs_place *place, const char *note, char **out)
{
    char associated[ASSOCIATED_SIZE];
    associate(place->list, place->id, associated);
    if (place->store->ring != NULL)
        return hs_ring_seal_note(place->store->ring, note, associated, out);
    *out = hs_memory_copy_text(note, strlen(note));
    return *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}

int hs_place_open_note(const session_store *store, const hs_user_list *list,
                       const char *id, hs_slice text, char **out)
{
    char associated[ASSOCIATED_SIZE];
    associate(list, id, associated);
    if (store->ring != NULL && hs_slice_find(text, ' ') == text.length)
        return hs_ring_open_note(store->ring, text, associated, out);
    /* A former version put three words before the note, and sealed it for the list. */
    if (store->ring != NULL) {
        for (int i = 0; i < 3; i++)
            (void)hs_slice_take(&text, ' ');
        return hs_ring_open_note(store->ring, text, list->name, out);
    }
    text = hs_slice_tail(text, hs_slice_find(text, '{'));
    *out = hs_memory_copy_text(text.start, text.length);
    return *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}
