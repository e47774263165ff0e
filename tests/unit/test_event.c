/* Events as text: what is written is read, and hardly anything else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_text.h"
#include "expect.h"

#define HANDLE "AAAAAAAAAAAAAAAAAAAAAA"
#define OTHER "BBBBBBBBBBBBBBBBBBBBBA"

/* The event as text, for hs_buffer_free(). */
static hs_buffer written(const hs_event *event)
{
    hs_buffer text = {0};
    hs_event_write(event, &text);
    hs_buffer_append(&text, "", 1);
    assert_false(text.failed);
    text.length--;
    return text;
}

static void expect_same_again(const hs_event *event)
{
    hs_event found;
    hs_buffer text = written(event);
    expect_ok(hs_event_read(text.data, text.length, &found));
    assert_memory_equal(&found, event, sizeof found);
    hs_buffer_free(&text);
}

static void test_text__is_compact_json(void **state)
{
    (void)state;
    const hs_event event = {SESSION_EVENT_REGENERATED, HANDLE, OTHER, "ada \"x\""};
    hs_buffer text = written(&event);
    assert_string_equal(text.data,
                        "{\"event\":\"regenerated\",\"handle\":\"" HANDLE
                        "\",\"next\":\"" OTHER "\",\"user\":\"ada \\\"x\\\"\"}");
    hs_buffer_free(&text);
}

static void test_events__are_read_as_they_were_written(void **state)
{
    (void)state;
    hs_event longest = {.kind = SESSION_EVENT_USER_REVOKED};
    const hs_event events[] = {
        {.kind = SESSION_EVENT_CREATED, .handle = HANDLE},
        {.kind = SESSION_EVENT_DESTROYED, .handle = HANDLE, .user = "Ada L\xc3\xb6we"},
        {.kind = SESSION_EVENT_REGENERATED, .handle = HANDLE, .next_handle = OTHER},
        {.kind = SESSION_EVENT_USER_REVOKED, .user = "\\ \" \n"},
        {.kind = SESSION_EVENT_USER_REVOKED, .handle = HANDLE, .user = "ada"},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        expect_same_again(&events[i]);
    memset(longest.user, 1, sizeof longest.user - 1);
    expect_same_again(&longest);
}

static void test_members__that_are_unknown_are_left_to_later_versions(void **state)
{
    (void)state;
    hs_event event;
    static const char text[] =
        "{\"more\":[1],\"event\":\"created\",\"handle\":\"" HANDLE "\"}";
    expect_ok(hs_event_read(text, strlen(text), &event));
    assert_int_equal(event.kind, SESSION_EVENT_CREATED);
}

static void test_bytes__behind_a_nul_are_refused(void **state)
{
    (void)state;
    hs_event event;
    static const char text[] = "{\"event\":\"created\",\"handle\":\"" HANDLE "\"}\0x";
    expect_code(hs_event_read(text, sizeof text - 1, &event), SESSION_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__is_compact_json),
        cmocka_unit_test(test_events__are_read_as_they_were_written),
        cmocka_unit_test(test_members__that_are_unknown_are_left_to_later_versions),
        cmocka_unit_test(test_bytes__behind_a_nul_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
