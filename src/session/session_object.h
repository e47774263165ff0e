/* A session in memory: what was read of it, and what was changed since. */
#ifndef HISESSION_SESSION_SESSION_OBJECT_H
#define HISESSION_SESSION_SESSION_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/magic.h"
#include "crypto/address.h"
#include "hisession/session.h"
#include "record/record.h"

/*
 * A move to a new id of which nobody knows whether it took place, because the answer
 * was lost: the next call finds out and finishes it.
 */
typedef struct {
    bool is_open;
    int64_t since;      /* on the monotonic clock */
    hs_address address; /* the new one */
    hs_record written;  /* what was written there */
} hs_open_move;

struct session {
    uint32_t magic;
    session_store *store;
    hs_address address; /* its id is empty while nothing is stored */
    hs_record record;
    int64_t expires_at;
    char *user;        /* as handed out or set; NULL for none or not asked for */
    char *user_json;   /* the user that was set, in JSON with its quotes */
    bool user_changed; /* since the record was read */
    char *device;      /* what was set since the last write, as a list's note */
    hs_nonces lost;    /* of writes over this record whose answers were lost */
    bool is_strict;    /* the call under way gives in to anybody's save */
    bool is_as_lost;   /* nothing was changed since the last of those */
    hs_open_move move; /* one whose answer was lost */
    hs_buffer json;    /* the text handed out; empty if none */
    char handle[HS_HANDLE_SIZE]; /* empty until it is asked for */
};

bool hs_session_is_stored(const session *s);

/* Takes the place of what was read or written before. The session owns `record`. */
void hs_session_adopt(session *s, hs_record *record, int64_t expires_at);

/* Drops the text that was handed out, because it no longer holds. */
void hs_session_drop_json(session *s);

/* To be called with every change that the caller makes. */
void hs_session_changed(session *s);

/* Forgets a move that was finished or given up. */
void hs_session_close_move(session *s);

/* Drops what was set of the user and the device. */
void hs_session_forget_user(session *s);

#endif
