/* The options of a store. */
#ifndef HISESSION_CONFIG_OPTIONS_H
#define HISESSION_CONFIG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/log.h"
#include "base/magic.h"
#include "config/option_table.h"
#include "crypto/address.h"
#include "crypto/keyring.h"
#include "hisession/session.h"

typedef struct {
    int64_t ttl; /* this and the other times in milliseconds */
    int64_t lifetime;
    int64_t touch_interval;
    int64_t touch_on_get;
    int64_t regenerate_grace;
    int64_t on_conflict;
    int64_t max_size;
    int64_t compat;
    int64_t protection;
    int64_t deadline;
    int64_t connect_timeout;
    int64_t pool_size;
    int64_t idle_timeout; /* 0 for never */
    int64_t events;
    int64_t user_limit; /* 0 for none */
    int64_t user_limit_policy;
    char prefix[HS_PREFIX_LENGTH + 1];
} hs_settings;

enum { HS_CONFLICT_MERGE, HS_CONFLICT_FAIL };
enum { HS_LIMIT_EVICT, HS_LIMIT_REFUSE };
enum { HS_COMPAT_NONE, HS_COMPAT_EXPRESS };
enum { HS_PROTECTION_NONE, HS_PROTECTION_SEALED };

struct session_options {
    uint32_t magic;
    hs_settings settings;
    hs_ring *key; /* NULL if not set */
    hs_ring *old_keys;
    hs_ring *ring; /* of both, once they were checked */
    hs_log log;
    char error[160];
};

/* All options of a store; the owner of their values is a session_options. */
extern const hs_option_table hs_store_options;

/* Where the reason goes why something was refused: options->error. */
hs_reason hs_options_reason(session_options *options);

/* The defaults. */
void hs_options_init(session_options *options);

/* Makes `options`, whatever they were, a copy with keys of its own. OK, NO_MEMORY. */
HS_MUST_USE int hs_options_copy(session_options *options, const session_options *from);

/* Frees and wipes what the options hold, but not them. */
void hs_options_clear(session_options *options);

/*
 * Sets what follows from other settings and checks that they agree. OK,
 * NO_MEMORY, or CONFIG with the reason in options->error.
 */
HS_MUST_USE int hs_options_finish(session_options *options);

#endif
