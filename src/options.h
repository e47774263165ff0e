/* Settings as text: one table drives reading, checking and defaults. */
#ifndef HISESSION_OPTIONS_H
#define HISESSION_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "hisession/session.h"
#include "log.h"

enum { HS_PREFIX_LENGTH = 64 };

typedef struct {
    int64_t ttl; /* this and the other times in milliseconds */
    int64_t lifetime;
    int64_t touch_interval;
    int64_t touch_on_get;
    int64_t regenerate_grace;
    int64_t on_conflict;
    int64_t max_size;
    int64_t compat;
    int64_t deadline;
    int64_t connect_timeout;
    int64_t pool_size;
    int64_t events;
    char prefix[HS_PREFIX_LENGTH + 1];
} hs_settings;

enum { HS_CONFLICT_MERGE, HS_CONFLICT_FAIL };
enum { HS_COMPAT_NONE, HS_COMPAT_EXPRESS };

struct session_options {
    hs_settings settings;
    hs_log log;
    char error[160];
};

/* The defaults. */
void hs_options_init(session_options *options);

/*
 * Sets what follows from other settings and checks that they agree. OK or
 * CONFIG with the reason in options->error.
 */
int hs_options_finish(session_options *options);

#endif
