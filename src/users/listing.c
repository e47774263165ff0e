#include "users/listing.h"

#include <string.h>

#include "base/memory.h"
#include "users/limit.h"
#include "users/members.h"

int hs_listing_begin(hs_listing *listing, session_store *store,
                     const hs_listing_change *change, hs_deadline deadline)
{
    char *former = NULL;
    *listing = (hs_listing){.store = store, .deadline = deadline};
    listing->note = change->note;
    listing->previous = change->previous;
    int rc = hs_record_copy_user(change->record, &former);
    if (rc != SESSION_OK)
        return rc;
    const char *user = change->user_changed ? change->user : former;
    listing->is_login = former == NULL || user == NULL || strcmp(user, former) != 0;
    if (user != NULL) {
        listing->user = hs_memory_copy_text(user, strlen(user));
        rc = listing->user != NULL ? SESSION_OK : SESSION_NO_MEMORY;
        hs_user_list_of(store, user, 0, &listing->list);
    }
    hs_memory_free_text(former);
    return rc;
}

void hs_listing_end(hs_listing *listing)
{
    hs_memory_free_text(listing->user);
    hs_memory_free_text(listing->former_note);
    hs_memory_wipe(listing, sizeof *listing);
}

/* ---- Before and with the record ---- */

static bool has_limit(const hs_listing *listing, int64_t policy)
{
    const hs_settings *settings = &listing->store->settings;
    return listing->user != NULL && listing->is_login && settings->user_limit > 0 &&
           settings->user_limit_policy == policy;
}

/* Whether the note of the session's former place is wanted for the new one. */
static bool wants_former_note(const hs_listing *listing)
{
    return listing->user != NULL && !listing->is_login && listing->previous != NULL &&
           listing->note == NULL;
}

/* Where the replies are that are read besides the one that tells of the record. */
typedef struct {
    int record;
    int place;
    int due;
    int note;
} replies;

static replies add_all(hs_listing *listing, hs_command *command,
                       const hs_address *address, const hs_record *record, bool has_place,
                       bool commits)
{
    replies at = {0};
    hs_place place;
    if (listing->user == NULL) {
        hs_store_add_create(listing->store, command, address, record);
        return at;
    }
    hs_place_of(&place, listing->store, &listing->list, address, record);
    if (!has_place)
        hs_place_add_pending(command, &place);
    at.record = command->reply_count;
    hs_store_add_create(listing->store, command, address, record);
    if (commits) {
        at.place = command->reply_count;
        hs_listing_add_place(listing, command, address, record);
        hs_command_last_is_minor(command);
    }
    at.due = command->reply_count;
    hs_members_add_due(command, &listing->list);
    if (wants_former_note(listing)) {
        at.note = command->reply_count;
        hs_place_add_note(command, &listing->list,
                          hs_address_storage_id(listing->previous));
    }
    return at;
}

static void take_former_note(hs_listing *listing, const hs_reply *reply)
{
    if (reply->kind != HS_REPLY_STRING || listing->former_note != NULL)
        return;
    hs_ignore(hs_place_open_note(
        listing->store, &listing->list, hs_address_storage_id(listing->previous),
        (hs_slice){reply->text, reply->length}, &listing->former_note));
}

static void take_replies(hs_listing *listing, const hs_answer *answer, replies at)
{
    if (at.place > 0 && at.place < answer->reply_count)
        listing->has_place = answer->replies[at.place].kind == HS_REPLY_INTEGER;
    if (at.due > 0 && at.due < answer->reply_count)
        listing->has_due = answer->replies[at.due].kind == HS_REPLY_INTEGER &&
                           answer->replies[at.due].integer > 0;
    if (at.note > 0 && at.note < answer->reply_count)
        take_former_note(listing, &answer->replies[at.note]);
}

/* Removes what is no list, because no login could be listed there. */
static int clear_list(hs_listing *listing)
{
    hs_command command;
    hs_command_begin(&command);
    hs_place_add_clearing(&command, &listing->list);
    bool is_done = hs_store_run_minor(listing->store, &command, listing->deadline);
    hs_command_free(&command);
    listing->was_cleared = true;
    return is_done ? SESSION_CONFLICT : SESSION_CORRUPT;
}

static int reserve(hs_listing *listing, const hs_address *address,
                   const hs_record *record)
{
    hs_place place;
    hs_place_of(&place, listing->store, &listing->list, address, record);
    return hs_limit_reserve(listing->store, listing->user, &place, listing->deadline);
}

int hs_listing_create(hs_listing *listing, const hs_address *address,
                      const hs_record *record, bool commits)
{
    hs_command command;
    hs_answer answer;
    bool has_place = has_limit(listing, HS_LIMIT_REFUSE);
    if (hs_record_is_over(record, hs_clock_unix_ms()))
        return SESSION_NOT_FOUND;
    int rc = has_place ? reserve(listing, address, record) : SESSION_OK;
    if (rc != SESSION_OK)
        return rc;
    hs_command_begin(&command);
    replies at = add_all(listing, &command, address, record, has_place, commits);
    hs_client_run(&listing->store->client, &command, listing->deadline,
                  HS_TRY_UNTIL_DOUBT, &answer);
    rc = hs_store_judge_create(listing->store, address, &answer, at.record,
                               listing->deadline);
    take_replies(listing, &answer, at);
    hs_answer_free(&answer);
    hs_command_free(&command);
    if (rc == SESSION_CORRUPT && listing->user != NULL && !listing->was_cleared)
        return clear_list(listing);
    return rc;
}

/* ---- After it ---- */

void hs_listing_add_place(hs_listing *listing, hs_command *command,
                          const hs_address *address, const hs_record *record)
{
    hs_place place;
    char *closed = NULL;
    const char *note = listing->note != NULL ? listing->note : listing->former_note;
    if (listing->user == NULL)
        return;
    hs_place_of(&place, listing->store, &listing->list, address, record);
    if (note != NULL)
        hs_ignore(hs_place_close_note(&place, note, &closed));
    hs_place_add(command, &place, closed);
    hs_memory_free_text(closed);
}

static void make_certain(hs_listing *listing, const hs_address *address,
                         const hs_record *record)
{
    hs_command command;
    hs_command_begin(&command);
    hs_listing_add_place(listing, &command, address, record);
    hs_store_run_minor(listing->store, &command, listing->deadline);
    hs_command_free(&command);
}

static void mend(hs_listing *listing)
{
    hs_members members;
    hs_members_begin(&members, listing->store, listing->user, listing->deadline);
    if (hs_members_load_due(&members) == SESSION_OK)
        hs_members_mend(&members);
    hs_members_free(&members);
}

int hs_listing_settle(hs_listing *listing, const hs_address *address,
                      const hs_record *record)
{
    if (listing->user == NULL)
        return SESSION_OK;
    if (!listing->has_place)
        make_certain(listing, address, record);
    if (listing->has_due)
        mend(listing);
    if (!has_limit(listing, HS_LIMIT_EVICT))
        return SESSION_OK;
    return hs_limit_evict(listing->store, listing->user, hs_address_storage_id(address),
                          listing->deadline);
}

void hs_listing_leave(hs_listing *listing, const hs_address *address)
{
    hs_command command;
    if (listing->user == NULL)
        return;
    hs_command_begin(&command);
    hs_place_add_removal(&command, &listing->list, hs_address_storage_id(address));
    hs_store_run_minor(listing->store, &command, listing->deadline);
    hs_command_free(&command);
}

void hs_listing_give_up(hs_listing *listing, const hs_address *address)
{
    hs_store_block(listing->store, hs_address_storage_id(address), listing->deadline);
    hs_listing_leave(listing, address);
}

/* ---- Without a write of the record ---- */

void hs_listing_add_presence(const session_store *store, hs_command *command,
                             const hs_address *address, const hs_record *record)
{
    hs_user_list list;
    hs_place place;
    char *user = NULL;
    if (hs_record_copy_user(record, &user) != SESSION_OK || user == NULL)
        return;
    hs_user_list_of(store, user, 0, &list);
    hs_place_of(&place, store, &list, address, record);
    hs_place_add(command, &place, NULL);
    hs_memory_free_text(user);
}
