/* Keys as text, and what is sealed for whoever has one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypto/address.h"
#include "crypto/keyring.h"
#include "expect.h"

#define OTHER_KEY "c47d10e96ab3825f0b9ee6318f54d27a36b0219c8d7f45e21a60c398bb571d04"
#define TEXT_KEY "6368616e67656d656368616e67656d656368616e67656d656368616e67656d65"

static session_options *options;

static int set_up(void **state)
{
    (void)state;
    return session_options_new(&options);
}

static int tear_down(void **state)
{
    (void)state;
    session_options_free(options);
    return 0;
}

/* ---- Options ---- */

static void test_keys__are_64_hex_digits_each(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"key", TEST_KEY},
        {"key", "9B6F0A51C2D8E47713FA60B9258CDE04716A93F5B80C2ED94D37A1685EF0CB2B"},
        {"old_keys", TEST_KEY},
        {"old_keys", TEST_KEY "," OTHER_KEY},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        expect_ok(session_options_set(options, good[i][0], good[i][1]));
}

static void test_keys__of_any_other_form_are_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"key", ""},
        {"key", "9b"},
        {"key", "9b6f0a51c2d8e47713fa60b9258cde04716a93f5b80c2ed94d37a1685ef0cb"},
        {"key", TEST_KEY "9"},
        {"key", TEST_KEY "9b"},
        {"key", TEST_KEY TEST_KEY},
        {"key", TEST_KEY "\n"},
        {"key", " " TEST_KEY},
        {"key", "0x6f0a51c2d8e47713fa60b9258cde04716a93f5b80c2ed94d37a1685ef0cb2b"},
        {"key", "9b6f0a51c2d8e477-13fa60b9258cde04716a93f5b80c2ed94d37a1685ef0cb2"},
        {"key", TEST_KEY "," OTHER_KEY},
        {"key", "m28KUcLY5HcT+mC5JYzeBHFqk/W4DC7ZTTehaF7wyys="},
        {"key", "0000000000000000000000000000000000000000000000000000000000000000"},
        {"key", "4141414141414141414141414141414141414141414141414141414141414141"},
        {"key", "0102030405060701020304050607010203040506070102030405060701020304"},
        {"key", TEXT_KEY},
        {"old_keys", ""},
        {"old_keys", ","},
        {"old_keys", TEST_KEY ","},
        {"old_keys", "," TEST_KEY},
        {"old_keys", TEST_KEY ";" OTHER_KEY},
        {"old_keys", TEST_KEY "," TEST_KEY},
        {"old_keys", TEST_KEY "," TEST_KEY "," TEST_KEY "," TEST_KEY "," TEST_KEY},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (session_options_set(options, bad[i][0], bad[i][1]) != SESSION_INVALID)
            fail_msg("taken: %zu", i);
        assert_non_null(strstr(session_options_error(options), bad[i][0]));
        assert_null(strstr(session_options_error(options), "6f0a51"));
    }
}

static int open_with(const char *query, char *reason, size_t size)
{
    char url[600];
    session_store *store = NULL;
    snprintf(url, sizeof url, "redis://h?%s", query);
    int rc = session_store_open(url, options, &store, reason, size);
    session_store_close(store);
    return rc;
}

static void test_keys__that_do_not_go_with_the_other_options_are_config(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "protection=sealed",
        "key=" TEST_KEY,
        "old_keys=" TEST_KEY,
        "protection=none&key=" TEST_KEY,
        "protection=sealed&old_keys=" TEST_KEY,
        "protection=sealed&key=" TEST_KEY "&old_keys=" TEST_KEY,
        "protection=sealed&key=" TEST_KEY "&old_keys=" OTHER_KEY "," TEST_KEY,
        "protection=sealed&compat=express&key=" TEST_KEY,
        "protection=sealed&max_size=1023&key=" TEST_KEY,
    };
    char reason[200];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (open_with(bad[i], reason, sizeof reason) != SESSION_CONFIG)
            fail_msg("taken: %s", bad[i]);
        assert_true(strlen(reason) > 0);
        assert_null(strstr(reason, "6f0a51"));
    }
    expect_ok(open_with("protection=sealed&key=" TEST_KEY "&old_keys=" OTHER_KEY, reason,
                        sizeof reason));
}

static void test_options__outlive_the_stores_that_were_opened_with_them(void **state)
{
    (void)state;
    expect_ok(session_options_set(options, "protection", "sealed"));
    expect_ok(session_options_set(options, "key", OTHER_KEY));
    expect_ok(session_options_set(options, "key", TEST_KEY));
    expect_ok(open_with("", NULL, 0));
    expect_ok(open_with("key=" OTHER_KEY, NULL, 0));
    expect_ok(open_with("old_keys=" OTHER_KEY, NULL, 0));
    expect_code(session_options_set(options, "key", "none"), SESSION_INVALID);
    expect_ok(open_with("", NULL, 0));
}

static void count_warning(int level, const char *text, void *user)
{
    if (level == SESSION_LOG_WARNING && strstr(text, "RLIMIT_MEMLOCK") != NULL)
        ++*(int *)user;
}

enum { NOT_POSSIBLE = 77 };

/* In a child that has no right to lock memory; a sanitizer pretends to lock it. */
static int warnings_without_locked_memory(void)
{
    const struct rlimit none = {0, 0};
    int warnings = 0;
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (geteuid() == 0 && setuid(65534) != 0)
        return -1;
    if (mlock(&warnings, sizeof warnings) == 0)
        return NOT_POSSIBLE;
    session_options_set_logger(options, count_warning, &warnings);
    if (open_with("protection=sealed&key=" TEST_KEY, NULL, 0) != SESSION_OK)
        return -1;
    return warnings;
}

static void test_memory_that_cannot_be_locked__is_warned_of(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(warnings_without_locked_memory());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_POSSIBLE)
        skip();
    assert_int_equal(WEXITSTATUS(status), 1);
}

/* ---- Sealing ---- */

static hs_ring *ring_of(const char *keys)
{
    hs_ring *ring = NULL;
    const char *reason;
    expect_ok(hs_ring_read(keys, HS_RING_SIZE, &ring, &reason));
    return ring;
}

static int open_copy(const hs_ring *ring, size_t key, const char *id,
                     const char *associated, const unsigned char *nonce,
                     const hs_buffer *sealed)
{
    char copy[HS_SEAL_BUCKET + 16];
    size_t length = sealed->length;
    assert_int_equal(length, sizeof copy);
    memcpy(copy, sealed->data, length);
    int rc = hs_ring_open(ring, key, id, (hs_slice){associated, strlen(associated)},
                          nonce, copy, &length);
    if (rc == SESSION_OK) {
        assert_int_equal(length, 4);
        assert_memory_equal(copy, "text", 4);
    }
    return rc;
}

static void test_seal__opens_only_with_key_id_and_place(void **state)
{
    (void)state;
    hs_ring *ring = ring_of(TEST_KEY "," OTHER_KEY);
    hs_buffer sealed = {0};
    unsigned char nonce[HS_SEAL_NONCE];
    hs_ring_seal(ring, "id", (hs_slice){"place", 5}, (hs_slice){"text", 4}, nonce,
                 &sealed);
    expect_ok(open_copy(ring, 0, "id", "place", nonce, &sealed));
    expect_code(open_copy(ring, 1, "id", "place", nonce, &sealed), SESSION_CORRUPT);
    expect_code(open_copy(ring, 0, "ID", "place", nonce, &sealed), SESSION_CORRUPT);
    expect_code(open_copy(ring, 0, "", "place", nonce, &sealed), SESSION_CORRUPT);
    expect_code(open_copy(ring, 0, "id", "Place", nonce, &sealed), SESSION_CORRUPT);
    expect_code(open_copy(ring, 0, "id", "", nonce, &sealed), SESSION_CORRUPT);
    nonce[0] ^= 1;
    expect_code(open_copy(ring, 0, "id", "place", nonce, &sealed), SESSION_CORRUPT);
    hs_buffer_free(&sealed);
    hs_ring_free(ring);
}

static void expect_note(const hs_ring *ring, const char *note, const char *associated,
                        const char *text)
{
    char *opened = NULL;
    int rc = hs_ring_open_note(ring, (hs_slice){note, strlen(note)}, associated, &opened);
    expect_code(rc, text != NULL ? SESSION_OK : SESSION_CORRUPT);
    if (text != NULL)
        assert_string_equal(opened, text);
    hs_memory_free_text(opened);
}

static void test_note__opens_with_its_key_where_it_belongs(void **state)
{
    (void)state;
    char *note = NULL, *longer = NULL;
    hs_ring *old = ring_of(TEST_KEY), *next = ring_of(OTHER_KEY "," TEST_KEY);
    hs_ring *other = ring_of(OTHER_KEY);
    expect_ok(hs_ring_seal_note(old, "Firefox on Linux", "ada", &note));
    expect_ok(hs_ring_seal_note(old, "Firefox on Linux 6", "ada", &longer));
    assert_null(strstr(note, "Firefox"));
    assert_int_equal(strlen(note), strlen(longer));
    expect_note(old, note, "ada", "Firefox on Linux");
    expect_note(next, note, "ada", "Firefox on Linux");
    expect_note(old, note, "eve", NULL);
    expect_note(other, note, "ada", NULL);
    hs_ring_free(old);
    hs_ring_free(next);
    hs_ring_free(other);
    hs_memory_free_text(note);
    hs_memory_free_text(longer);
}

static void test_note__that_was_changed_or_cut_is_corrupt(void **state)
{
    (void)state;
    char *note = NULL;
    hs_ring *ring = ring_of(TEST_KEY);
    expect_ok(hs_ring_seal_note(ring, "", "", &note));
    expect_note(ring, note, "", "");
    for (size_t i = 0; note[i] != '\0'; i++) {
        char was = note[i];
        note[i] = was == 'A' ? 'B' : 'A';
        expect_note(ring, note, "", NULL);
        note[i] = '\0';
        expect_note(ring, note, "", NULL);
        note[i] = was;
    }
    hs_ring_free(ring);
    hs_memory_free_text(note);
}

static void test_names__differ_by_key_purpose_and_prefix(void **state)
{
    (void)state;
    char names[5][HS_ID_SIZE];
    char user[HS_HANDLE_SIZE], other[HS_HANDLE_SIZE];
    hs_ring *ring = ring_of(TEST_KEY "," OTHER_KEY);
    hs_ring_storage_id(ring, 0, "sess:", "id", names[0]);
    hs_ring_storage_id(ring, 1, "sess:", "id", names[1]);
    hs_ring_storage_id(ring, 0, "sess:i", "d", names[2]);
    hs_ring_storage_id(ring, 0, "", "id", names[3]);
    hs_ring_storage_id(ring, 0, "sess:", "id2", names[4]);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    hs_ring_user(ring, 0, "sess:", "id", user);
    hs_ring_user(ring, 1, "sess:", "id", other);
    assert_int_equal(strlen(user), SESSION_HANDLE_LENGTH);
    assert_memory_not_equal(user, names[0], SESSION_HANDLE_LENGTH);
    assert_string_not_equal(user, other);
    hs_ring_free(ring);
}

/* ---- Addresses ---- */

static void test_mark__has_its_sessions_key_in_braces(void **state)
{
    (void)state;
    char prefix[HS_PREFIX_LENGTH + 1] = "", id[HS_ID_SIZE] = "";
    char text[HS_PREFIX_LENGTH + HS_ID_SIZE + 16];
    hs_key key, mark;
    hs_key_make(&key, "sess:", "ID");
    hs_key_make_mark(&mark, &key);
    assert_string_equal(mark.text, "{sess:ID}:mark");
    assert_int_equal(mark.length, strlen("{sess:ID}:mark"));
    memset(prefix, 'p', HS_PREFIX_LENGTH);
    memset(id, 'i', HS_ID_LONGEST);
    hs_key_make(&key, prefix, id);
    hs_key_make_mark(&mark, &key);
    snprintf(text, sizeof text, "{%s%s}:mark", prefix, id);
    assert_string_equal(mark.text, text);
    assert_int_equal(mark.length, strlen(text));
}

static void test_id__of_any_program_has_16_to_128_digits(void **state)
{
    (void)state;
    char text[HS_ID_LONGEST + 1];
    memset(text, '_', sizeof text);
    for (size_t length = 0; length <= sizeof text; length++)
        assert_int_equal(hs_id_is_any((hs_slice){text, length}),
                         length >= HS_ID_SHORTEST && length <= HS_ID_LONGEST);
    for (size_t i = 0; i < 20; i++) {
        text[i] = '?';
        assert_false(hs_id_is_any((hs_slice){text, 20}));
        text[i] = '_';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys__are_64_hex_digits_each, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_keys__of_any_other_form_are_refused_and_not_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_keys__that_do_not_go_with_the_other_options_are_config, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_options__outlive_the_stores_that_were_opened_with_them, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_memory_that_cannot_be_locked__is_warned_of,
                                        set_up, tear_down),
        cmocka_unit_test(test_seal__opens_only_with_key_id_and_place),
        cmocka_unit_test(test_note__opens_with_its_key_where_it_belongs),
        cmocka_unit_test(test_note__that_was_changed_or_cut_is_corrupt),
        cmocka_unit_test(test_names__differ_by_key_purpose_and_prefix),
        cmocka_unit_test(test_mark__has_its_sessions_key_in_braces),
        cmocka_unit_test(test_id__of_any_program_has_16_to_128_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
