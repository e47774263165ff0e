#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum { LINE_SIZE = 768 };

void hs_log_write(const hs_log *log, int level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    if (log->write == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    hs_text_make_printable(line);
    log->write(level, line, log->user);
}
