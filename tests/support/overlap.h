/*
 * Two calls that overlap in every way: at the same time, many times; and each of them
 * held back at each of its commands while the other one runs, with what was held then
 * passed on, or run at once and its answer lost.
 *
 *   static const scenario save_and_regenerate = {
 *       .begin = two_requests, .calls = {save, regenerate}, .check = session_lives,
 *   };
 *   overlap_in_every_way(&save_and_regenerate, "user_limit=3");
 */
#ifndef TEST_OVERLAP_H
#define TEST_OVERLAP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "hisession/session.h"

enum { OVERLAP_DEVICES = 2 };

typedef char overlap_id[SESSION_ID_LENGTH + 1];

/* What two calls work on. Both go to one server, on a store each. */
typedef struct {
    session_store *stores[2];
    session *sessions[2]; /* freed afterwards */
    session_list *list;   /* the same */
    int codes[2];
    overlap_id id; /* of the session that both calls are about */
    char handle[SESSION_HANDLE_LENGTH + 1];
    overlap_id devices[OVERLAP_DEVICES]; /* ada's others */
    int device_count;
    bool answer_was_lost; /* of one of the calls */
    atomic_bool over;
} overlap;

typedef struct {
    void (*begin)(overlap *o);
    int (*calls[2])(overlap *o, int self);
    const char *(*check)(overlap *o); /* what is wrong; NULL for nothing */
    int rounds;                       /* at the same time; 0 is 30 */
} scenario;

void overlap_in_every_way(const scenario *s, const char *options);

/* ---- To begin with ---- */

/* ada is logged in on two other devices. */
void overlap_log_in_devices(overlap *o);

/* A session of this user, or of nobody, that each of the two requests has read. */
void overlap_read_twice(overlap *o, const char *user);

/* ---- To check with ---- */

bool lives(const char *id);
bool devices_live(const overlap *o);
size_t listed(const char *user);

/* How often the user's list has this handle. */
size_t listed_as(const char *user, const char *handle);

/* Ada's list shows the session, and ends it, and only it, by her name. Frees it. */
void expect_ended_by_name(session *s);

#endif
