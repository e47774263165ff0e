#include "users/user_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "events/event_publish.h"
#include "hisession/events.h"

enum { PAGE_LINES = 32, WORDS = 8, SCORE_SIZE = 32 };

/* As in user_index.lua: how long a reservation is not to be touched. */
static const int64_t lease = 1000;

/* How much longer than its ttl a session is listed, so that not every save has to
 * tell the list. */
static int64_t margin(const session_store *store)
{
    const int64_t minute = 60000;
    return store->settings.touch_interval + minute;
}

void hs_user_index_open(hs_user_index *index, session_store *store, const char *user,
                        size_t key_index, hs_deadline deadline)
{
    *index = (hs_user_index){.store = store, .deadline = deadline, .user = user};
    hs_user_name(store, user, key_index, index->name);
    hs_user_keys(store, index->name, index->keys);
}

/* ---- Notes ---- */

/* The note in the form that this store keeps it, for hs_memory_free_text(). */
static int close_note(const hs_user_index *index, const char *note, char **out)
{
    if (index->store->ring != NULL && note[0] != '\0')
        return hs_ring_seal_note(index->store->ring, note, index->name, out);
    *out = hs_memory_copy_text(note, strlen(note));
    return *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}

int hs_user_index_read_note(const hs_user_index *index, const hs_user_entry *entry,
                            char **out)
{
    if (index->store->ring != NULL && entry->note.length > 0)
        return hs_ring_open_note(index->store->ring, entry->note, index->name, out);
    *out = hs_memory_copy_text(entry->note.start, entry->note.length);
    return *out != NULL ? SESSION_OK : SESSION_NO_MEMORY;
}

/* ---- Running the script ---- */

typedef struct {
    const char *words[WORDS];
    size_t count;
    char ttl[24];
} request;

static void add_word(request *r, const char *word)
{
    r->words[r->count++] = word;
}

static void add_ttl(request *r, const hs_user_index *index, int64_t ttl_ms)
{
    snprintf(r->ttl, sizeof r->ttl, "%" PRId64, ttl_ms + margin(index->store));
    add_word(r, r->ttl);
}

static void run(hs_user_index *index, const hs_script *script, const request *r,
                hs_answer *answer)
{
    hs_slice arguments[WORDS];
    for (size_t i = 0; i < r->count; i++)
        arguments[i] = (hs_slice){r->words[i], strlen(r->words[i])};
    const hs_script_call call = {
        script, index->keys, 2, arguments, r->count, {.kinds = HS_REPLY_STRING},
    };
    hs_client_run_script(&index->store->client, &call, index->deadline, answer);
}

/* What the script may say in its first line. */
static const struct {
    const char *word;
    int code;
} results[] = {
    {"done", SESSION_OK},
    {"doomed", SESSION_NOT_FOUND},
    {"full", SESSION_LIMIT},
    {"busy", SESSION_CONFLICT},
};

static int judge(const hs_answer *answer)
{
    int rc = hs_outcome_of_write(answer);
    if (rc != SESSION_OK)
        return rc;
    const char *text = answer->replies[0].text;
    size_t length = strcspn(text, "\n");
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        if (strlen(results[i].word) == length &&
            memcmp(results[i].word, text, length) == 0)
            return results[i].code;
    return SESSION_PROTOCOL;
}

/* Runs a verb whose answer is one word. */
static int change(hs_user_index *index, const request *r)
{
    hs_answer answer;
    run(index, &hs_script_user_index, r, &answer);
    int rc = judge(&answer);
    hs_answer_free(&answer);
    return rc;
}

int hs_user_index_confirm(hs_user_index *index, const char *id, int64_t ttl_ms,
                          const char *replaced)
{
    request r = {{"confirm", id}, 2, ""};
    add_ttl(&r, index, ttl_ms);
    add_word(&r, replaced);
    return change(index, &r);
}

int hs_user_index_see(hs_user_index *index, const char *id, int64_t ttl_ms,
                      const char *note, int64_t created)
{
    char digits[24];
    char *closed = NULL;
    request r = {{"see", id}, 2, ""};
    int rc = close_note(index, note, &closed);
    if (rc != SESSION_OK)
        return rc;
    snprintf(digits, sizeof digits, "%" PRId64, created);
    add_ttl(&r, index, ttl_ms);
    add_word(&r, closed);
    add_word(&r, digits);
    rc = change(index, &r);
    hs_memory_free_text(closed);
    return rc;
}

int hs_user_index_remove(hs_user_index *index, const char *id)
{
    const request r = {{"remove", id}, 2, ""};
    return change(index, &r);
}

/* ---- Reading ---- */

/* Takes a word and what ends it off a text; false if it is not there or too long. */
static bool take_word(char **at, char end, char *word, size_t size)
{
    char *after = strchr(*at, end);
    if (after == NULL || (size_t)(after - *at) >= size)
        return false;
    memcpy(word, *at, (size_t)(after - *at));
    word[after - *at] = '\0';
    *at = after + 1;
    return true;
}

static bool take_time(char **at, char end, int64_t *out)
{
    char *after;
    *out = strtoll(*at, &after, 10);
    if (after == *at || *after != end)
        return false;
    *at = after + 1;
    return true;
}

/* Reads a line: score, storage id, state, created, seen, note. */
static bool read_line(char *line, char score[SCORE_SIZE], hs_user_entry *entry)
{
    char state[2];
    if (!take_word(&line, ' ', score, SCORE_SIZE) ||
        !take_word(&line, ' ', entry->id, sizeof entry->id) ||
        !take_word(&line, ' ', state, sizeof state) ||
        !take_time(&line, ' ', &entry->created) || !take_time(&line, ' ', &entry->seen))
        return false;
    entry->written = state[0] == 'l' || state[0] == 'L';
    entry->doomed = state[0] == 'P' || state[0] == 'L';
    entry->abandoned = !entry->written && entry->seen + lease < entry->read_at;
    entry->note = (hs_slice){line, strlen(line)};
    return true;
}

/* Visits the lines of a page; CORRUPT if something else wrote to the list. */
static int visit_page(hs_user_index *index, char *text, int64_t *began,
                      char score[SCORE_SIZE], size_t *lines, hs_user_visit *visit,
                      void *context)
{
    char *rest = NULL;
    int64_t now = strtoll(text, &rest, 10);
    if (*began == 0)
        *began = now;
    char *line = strtok_r(rest, "\n", &rest);
    int rc = SESSION_OK;
    for (*lines = 0; line != NULL && rc == SESSION_OK; (*lines)++) {
        hs_user_entry entry = {.read_at = *began};
        if (!read_line(line, score, &entry))
            return SESSION_CORRUPT;
        rc = visit(index, &entry, context);
        line = strtok_r(NULL, "\n", &rest);
    }
    return rc;
}

int hs_user_index_each(hs_user_index *index, hs_user_visit *visit, void *context)
{
    char most[8], score[SCORE_SIZE] = "-inf";
    int64_t began = 0;
    size_t lines = 0;
    int rc;
    snprintf(most, sizeof most, "%d", PAGE_LINES);
    do {
        hs_answer answer;
        const request r = {{score, most}, 2, ""};
        run(index, &hs_script_user_list, &r, &answer);
        rc = hs_outcome_of_read(&answer);
        if (rc == SESSION_OK)
            rc = visit_page(index, answer.replies[0].text, &began, score, &lines, visit,
                            context);
        hs_answer_free(&answer);
    } while (rc == SESSION_OK && lines >= PAGE_LINES);
    return rc;
}

int hs_user_index_each_key(session_store *store, const char *user, hs_deadline deadline,
                           hs_user_visit *visit, void *context)
{
    int rc = SESSION_OK;
    for (size_t i = 0; rc == SESSION_OK && i < hs_store_key_count(store); i++) {
        hs_user_index index;
        hs_user_index_open(&index, store, user, i, deadline);
        rc = hs_user_index_each(&index, visit, context);
    }
    return rc;
}

/* ---- Ending ---- */

/* Ends a session whose entry says that it is to be ended. */
static int end_doomed(hs_user_index *index, const char *id, bool was_written, bool *ended)
{
    hs_key key;
    hs_key_make(&key, index->store->settings.prefix, id);
    int rc = hs_store_delete(index->store, &key, HS_TRY_AGAIN, index->deadline, ended);
    if (*ended)
        hs_events_publish(index->store, SESSION_EVENT_DESTROYED, id, NULL, index->user,
                          index->deadline);
    /* A reserved one may still come; the save that writes it finds that it is doomed. */
    if (rc == SESSION_OK && (was_written || *ended))
        rc = hs_user_index_remove(index, id);
    return rc;
}

int hs_user_index_end(hs_user_index *index, const char *id, bool *ended)
{
    hs_answer answer;
    const request r = {{"doom", id}, 2, ""};
    run(index, &hs_script_user_index, &r, &answer);
    int rc = judge(&answer);
    const char *state = rc == SESSION_OK ? strchr(answer.replies[0].text, '\n') : NULL;
    *ended = false;
    if (state != NULL)
        rc = end_doomed(index, id, state[1] == 'L', ended);
    hs_answer_free(&answer);
    return rc;
}

/* ---- Reserving ---- */

/* Ends the storage ids after the first line; CONFLICT if there may be more of them. */
static int make_room(hs_user_index *index, char *text)
{
    const int most = 99; /* as in user_index.lua */
    char *rest = NULL;
    int rc = SESSION_OK, count = 0;
    strtok_r(text, "\n", &rest);
    for (char *id = strtok_r(NULL, "\n", &rest); id != NULL && rc == SESSION_OK;
         id = strtok_r(NULL, "\n", &rest)) {
        bool ended;
        rc = end_doomed(index, id, true, &ended);
        count++;
    }
    return rc == SESSION_OK && count == most ? SESSION_CONFLICT : rc;
}

static int reserve_once(hs_user_index *index, const char *id, int64_t ttl_ms,
                        const char *closed_note, const char *replaced, bool evict)
{
    char limit[24];
    hs_answer answer;
    request r = {{"reserve", id}, 2, ""};
    snprintf(limit, sizeof limit, "%" PRId64, index->store->settings.user_limit);
    add_ttl(&r, index, ttl_ms);
    add_word(&r, closed_note);
    add_word(&r, replaced);
    add_word(&r, limit);
    add_word(&r, evict ? "1" : "0");
    run(index, &hs_script_user_index, &r, &answer);
    int rc = judge(&answer);
    if (rc == SESSION_OK)
        rc = make_room(index, answer.replies[0].text);
    hs_answer_free(&answer);
    return rc;
}

int hs_user_index_remaining_ttl(const hs_user_index *index, const char *id,
                                int64_t *remaining_ttl_ms)
{
    hs_key key;
    hs_key_make(&key, index->store->settings.prefix, id);
    return hs_store_remaining_ttl(index->store, &key, index->deadline, remaining_ttl_ms);
}

/* Removes the entry of a session that is gone. */
static int remove_if_gone(hs_user_index *index, const hs_user_entry *entry, void *context)
{
    int64_t remaining_ttl_ms;
    (void)context;
    int rc = hs_user_index_remaining_ttl(index, entry->id, &remaining_ttl_ms);
    if (rc != SESSION_NOT_FOUND)
        return rc;
    return entry->written ? hs_user_index_remove(index, entry->id) : SESSION_OK;
}

static int reserve(hs_user_index *index, const char *id, int64_t ttl_ms,
                   const char *closed_note, const char *replaced)
{
    const int longest_pause = 2; /* pauses grow up to this attempt's */
    bool evict = index->store->settings.user_limit_policy == HS_LIMIT_EVICT;
    int rc = reserve_once(index, id, ttl_ms, closed_note, replaced, false);
    if (rc == SESSION_LIMIT) {
        rc = hs_user_index_each(index, remove_if_gone, NULL);
        if (rc == SESSION_OK)
            rc = reserve_once(index, id, ttl_ms, closed_note, replaced, evict);
    }
    /* CONFLICT: the sessions that could be evicted are still being created. */
    for (int attempt = 0; rc == SESSION_CONFLICT; attempt++) {
        if (!hs_client_pause(attempt < longest_pause ? attempt : longest_pause,
                             index->deadline))
            return SESSION_UNAVAILABLE;
        rc = reserve_once(index, id, ttl_ms, closed_note, replaced, evict);
    }
    return rc;
}

int hs_user_index_reserve(hs_user_index *index, const char *id, int64_t ttl_ms,
                          const char *note, const char *replaced)
{
    char *closed = NULL;
    int rc = close_note(index, note, &closed);
    if (rc == SESSION_OK)
        rc = reserve(index, id, ttl_ms, closed, replaced);
    hs_memory_free_text(closed);
    return rc;
}
