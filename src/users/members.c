#include "users/members.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "users/place.h"

enum {
    FIRST_CAPACITY = 16,
    PAGE = 400,    /* members of a list in one reply, which must stay a small one */
    TOGETHER = 100 /* records that are looked at in one write */
};

static const int64_t day = 86400000;

void hs_members_begin(hs_members *members, session_store *store, const char *user,
                      hs_deadline deadline)
{
    *members = (hs_members){.store = store, .user = user, .deadline = deadline};
}

void hs_members_free(hs_members *members)
{
    for (size_t i = 0; i < members->count; i++)
        hs_memory_free_text(members->items[i].note);
    hs_memory_free(members->items, members->capacity * sizeof *members->items);
    members->items = NULL;
    members->count = members->capacity = 0;
}

static hs_member *append(hs_members *members)
{
    if (members->count == members->capacity) {
        size_t capacity = members->capacity == 0 ? FIRST_CAPACITY : members->capacity * 2;
        hs_member *items = hs_memory_grow(
            members->items, members->capacity * sizeof *items, capacity * sizeof *items);
        if (items == NULL)
            return NULL;
        members->items = items;
        members->capacity = capacity;
    }
    hs_member *member = &members->items[members->count++];
    *member = (hs_member){0};
    return member;
}

static int compare(const void *a, const void *b)
{
    const hs_member *x = a, *y = b;
    int order = strcmp(x->id, y->id);
    if (order == 0)
        order = x->is_pending - y->is_pending;
    return order != 0 ? order
                      : (x->key_index > y->key_index) - (x->key_index < y->key_index);
}

static int compare_id(const void *id, const void *member)
{
    return strcmp(id, ((const hs_member *)member)->id);
}

hs_member *hs_members_find(const hs_members *members, const char *id)
{
    if (members->count == 0)
        return NULL;
    return bsearch(id, members->items, members->count, sizeof *members->items,
                   compare_id);
}

/* Sorts them. Of one that is there twice, the place that is known to be written stays.
 */
static void sort(hs_members *members)
{
    size_t kept = 0;
    if (members->count == 0)
        return;
    qsort(members->items, members->count, sizeof *members->items, compare);
    for (size_t i = 1; i < members->count; i++)
        if (strcmp(members->items[kept].id, members->items[i].id) != 0)
            members->items[++kept] = members->items[i];
        else
            hs_memory_free_text(members->items[i].note);
    members->count = kept + 1;
}

/* ---- Reading lists ---- */

/* How far the reading of a list has come. */
typedef struct {
    hs_user_list list;
    char from[48];
    size_t read;
    bool is_over;
} cursor;

/* Takes a line: the score and the member. False if that is no member of ours. */
static bool read_line(hs_slice line, hs_slice *score, hs_member *member)
{
    *score = hs_slice_take(&line, ' ');
    member->is_pending = line.length > 0 && line.start[0] == '?';
    if (member->is_pending)
        line = hs_slice_tail(line, 1);
    return hs_id_is_any(line) && hs_slice_copy(line, member->id, sizeof member->id);
}

/* Takes in a page. OK, NO_MEMORY. */
static int take_page(hs_members *members, size_t key_index, const hs_reply *reply,
                     cursor *at)
{
    hs_slice rest = {reply->text, reply->length}, score = {0};
    size_t lines = 0;
    for (; rest.length > 0; lines++) {
        hs_slice line = hs_slice_take(&rest, '\n');
        hs_member *member = append(members);
        if (member == NULL)
            return SESSION_NO_MEMORY;
        member->key_index = key_index;
        member->has_place = true;
        if (!read_line(line, &score, member)) {
            members->count--; /* only an id becomes a key */
            continue;
        }
        if (!hs_json_to_int(score, &member->score))
            member->score = 0; /* another program's */
    }
    at->read += lines;
    at->is_over = lines < PAGE || score.length + 2 > sizeof at->from;
    if (!at->is_over)
        snprintf(at->from, sizeof at->from, "(%.*s", (int)score.length, score.start);
    return SESSION_OK;
}

static void add_page(hs_command *command, const hs_user_list *list, const char *from,
                     const char *to, size_t most)
{
    char lines[HS_NUMBER_SIZE];
    snprintf(lines, sizeof lines, "%zu", most < PAGE ? most : PAGE);
    const hs_slice arguments[] = {hs_slice_of(from), hs_slice_of(to), hs_slice_of(lines)};
    const hs_script_call call = {
        .script = &hs_script_user_list,
        .keys = &list->set,
        .key_count = 1,
        .arguments = arguments,
        .argument_count = 3,
        .expected = {.kinds = HS_REPLY_STRING},
    };
    hs_command_add_script(command, &call);
}

/* Removes what is no list where one belongs, because no login could be listed there. */
static int remove_spoilt(hs_members *members, const cursor *lists)
{
    hs_command command;
    hs_command_begin(&command);
    for (size_t i = 0; i < hs_store_key_count(members->store); i++)
        hs_place_add_clearing(&command, &lists[i].list);
    bool is_done = hs_store_run_minor(members->store, &command, members->deadline);
    hs_command_free(&command);
    return is_done ? SESSION_OK : SESSION_CORRUPT;
}

/* Reads one page of each list that is not over. */
static int read_pages(hs_members *members, cursor *lists, const char *to, size_t most)
{
    hs_command command;
    hs_answer answer;
    int reply = 0;
    hs_command_begin(&command);
    for (size_t i = 0; i < hs_store_key_count(members->store); i++)
        if (!lists[i].is_over)
            add_page(&command, &lists[i].list, lists[i].from, to, most);
    hs_client_run(&members->store->client, &command, members->deadline, HS_TRY_READ,
                  &answer);
    int rc = hs_outcome_of_read(&answer);
    for (size_t i = 0; rc == SESSION_OK && i < hs_store_key_count(members->store); i++)
        if (!lists[i].is_over) {
            rc = take_page(members, i, &answer.replies[reply++], &lists[i]);
            lists[i].is_over |= lists[i].read >= most;
        }
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

static bool all_are_over(const hs_members *members, const cursor *lists)
{
    for (size_t i = 0; i < hs_store_key_count(members->store); i++)
        if (!lists[i].is_over)
            return false;
    return true;
}

static int read_lists(hs_members *members, const char *to, size_t most)
{
    cursor lists[HS_RING_SIZE] = {0};
    bool is_mended = false;
    int rc = SESSION_OK;
    for (size_t i = 0; i < hs_store_key_count(members->store); i++) {
        lists[i] = (cursor){.from = "-inf"};
        hs_user_list_of(members->store, members->user, i, &lists[i].list);
    }
    while (rc == SESSION_OK && !all_are_over(members, lists)) {
        rc = read_pages(members, lists, to, most);
        if (rc == SESSION_CORRUPT && !is_mended) {
            rc = remove_spoilt(members, lists);
            is_mended = true;
        }
    }
    sort(members);
    return rc;
}

/* ---- Looking ---- */

static void take_look(const hs_members *members, const hs_look *look, hs_member *member)
{
    member->fate = look->fate;
    member->is_users = hs_user_owns(members->store, members->user, &look->outline);
    member->is_marked = look->is_marked;
    member->created = look->outline.created;
    member->login = look->outline.login;
    member->remaining_ttl_ms = look->remaining_ttl_ms;
    memcpy(member->from, look->outline.from, sizeof member->from);
    memcpy(member->next, look->next, sizeof member->next);
}

/* The reply's text becomes the member's. */
static void take_note(hs_reply *reply, hs_member *member)
{
    if (reply->kind != HS_REPLY_STRING)
        return;
    member->note = hs_memory_copy_text(reply->text, reply->length);
    member->note_length = reply->length;
}

static void add_looks(const hs_members *members, hs_command *command, size_t first,
                      size_t end, bool notes)
{
    for (size_t i = first; i < end; i++) {
        const hs_member *member = &members->items[i];
        hs_user_list list;
        hs_store_add_look(members->store, command, member->id);
        if (!notes)
            continue;
        hs_user_list_of(members->store, members->user, member->key_index, &list);
        hs_place_add_note(command, &list, member->id);
    }
}

static int look_together(hs_members *members, size_t first, size_t end, bool notes)
{
    const int replies = HS_LOOK_REPLIES + (notes ? 1 : 0);
    hs_command command;
    hs_answer answer;
    hs_command_begin(&command);
    add_looks(members, &command, first, end, notes);
    hs_client_run(&members->store->client, &command, members->deadline, HS_TRY_READ,
                  &answer);
    int rc = hs_outcome_of_read(&answer);
    for (size_t i = first; rc == SESSION_OK && i < end; i++) {
        hs_look look;
        hs_reply *reply = &answer.replies[(int)(i - first) * replies];
        rc = hs_store_judge_look(members->store, reply, &look);
        if (rc != SESSION_OK)
            break;
        take_look(members, &look, &members->items[i]);
        if (notes)
            take_note(&reply[HS_LOOK_REPLIES], &members->items[i]);
    }
    hs_answer_free(&answer);
    hs_command_free(&command);
    return rc;
}

static int look_from(hs_members *members, size_t first, bool notes)
{
    int rc = SESSION_OK;
    for (size_t i = first; rc == SESSION_OK && i < members->count; i += TOGETHER) {
        size_t left = members->count - i;
        rc = look_together(members, i, i + (left < TOGETHER ? left : TOGETHER), notes);
    }
    return rc;
}

/* Whether it must be known how the session fares that this one was made from. */
static bool needs_guest(const hs_members *members, const hs_member *member)
{
    return member->is_pending && member->fate == HS_FATE_LIVES &&
           member->from[0] != '\0' && hs_members_find(members, member->from) == NULL;
}

/* Appends one more that is to be looked at. OK, NO_MEMORY. */
static int append_id(hs_members *members, const char *id, bool is_guest)
{
    hs_member *member = append(members);
    if (member == NULL)
        return SESSION_NO_MEMORY;
    member->is_guest = is_guest;
    memcpy(member->id, id, sizeof member->id);
    return SESSION_OK;
}

/*
 * Adds those that the first `known` ones lead to and that are not among them: what a
 * session became since the list was read, and from what a pending one was made.
 */
static int append_led_to(hs_members *members, size_t known)
{
    int rc = SESSION_OK;
    for (size_t i = 0; rc == SESSION_OK && i < known; i++) {
        hs_members first = *members;
        first.count = known;
        const hs_member member = members->items[i];
        if (needs_guest(&first, &member))
            rc = append_id(members, member.from, true);
        else if (member.fate == HS_FATE_MOVED &&
                 hs_members_find(&first, member.next) == NULL)
            rc = append_id(members, member.next, false);
    }
    return rc;
}

/* Looks at all that they lead to, and lead to in turn, for as long as it is new. */
static int look_further(hs_members *members, bool notes)
{
    const int longest = 10; /* moves while this is under way */
    int rc = SESSION_OK;
    for (int i = 0; i < longest && rc == SESSION_OK; i++) {
        size_t known = members->count;
        rc = append_led_to(members, known);
        if (rc == SESSION_OK && members->count == known)
            break;
        if (rc == SESSION_OK)
            rc = look_from(members, known, notes);
        sort(members);
    }
    return rc;
}

int hs_members_load(hs_members *members, size_t most, bool notes)
{
    int rc = read_lists(members, "+inf", most);
    if (rc == SESSION_OK)
        rc = look_from(members, 0, notes);
    return rc == SESSION_OK ? look_further(members, notes) : rc;
}

static void print_now(char now[HS_NUMBER_SIZE])
{
    snprintf(now, HS_NUMBER_SIZE, "%" PRId64, hs_clock_unix_ms());
}

void hs_members_add_due(hs_command *command, const hs_user_list *list)
{
    char now[HS_NUMBER_SIZE];
    print_now(now);
    const char *const words[] = {"ZCOUNT", list->set.text, "-inf", now};
    hs_command_add(command, words, 4,
                   (hs_expected){.kinds = HS_REPLY_INTEGER, .most = INT64_MAX});
    hs_command_last_is_minor(command);
}

int hs_members_load_due(hs_members *members)
{
    const size_t few = 16;
    char now[HS_NUMBER_SIZE];
    print_now(now);
    int rc = read_lists(members, now, few);
    return rc == SESSION_OK ? look_from(members, 0, false) : rc;
}

bool hs_members_is_there(const hs_members *members, const hs_member *member)
{
    if (member->is_guest || member->fate != HS_FATE_LIVES || !member->is_users)
        return false;
    const hs_member *from =
        member->from[0] != '\0' ? hs_members_find(members, member->from) : NULL;
    if (from == NULL || from->fate == HS_FATE_GONE)
        return true;
    return from->fate == HS_FATE_MOVED && strcmp(from->next, member->id) == 0;
}

/* ---- Mending ---- */

/* Whether nobody can use the session any more, nor is about to make it. */
static bool is_over(const hs_member *member)
{
    if (member->fate == HS_FATE_LIVES)
        return !member->is_users;
    if (member->is_marked)
        return false;
    return !member->is_pending || member->score + day < hs_clock_unix_ms();
}

static void add_mending(const hs_members *members, const hs_member *member,
                        hs_command *command)
{
    hs_user_list list;
    int64_t now = hs_clock_unix_ms();
    int64_t ttl_ms = member->remaining_ttl_ms > 0 ? member->remaining_ttl_ms : 0;
    hs_user_list_of(members->store, members->user, member->key_index, &list);
    hs_place place = {members->store, &list, member->id, ttl_ms, ttl_ms};
    if (is_over(member))
        hs_place_add_removal(command, &list, member->id);
    else if (member->is_pending && hs_members_is_there(members, member))
        hs_place_add(command, &place, NULL);
    else if (member->score < now && !member->is_pending)
        hs_place_add_later(command, &list, member->id, ttl_ms + HS_MARGIN_MS);
}

void hs_members_mend(const hs_members *members)
{
    hs_command command;
    hs_command_begin(&command);
    for (size_t i = 0; i < members->count; i++) {
        const hs_member *member = &members->items[i];
        if (!member->has_place)
            continue;
        if (member->is_pending && is_over(member))
            hs_store_block(members->store, member->id, members->deadline);
        add_mending(members, member, &command);
    }
    if (command.reply_count > 0)
        hs_store_run_minor(members->store, &command, members->deadline);
    hs_command_free(&command);
}
