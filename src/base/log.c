#include "base/log.h"

#include <stddef.h>

void hs_log_write(const hs_log *log, int level, const char *text)
{
    if (log->write != NULL)
        log->write(level, text, log->user);
}
