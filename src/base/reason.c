#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>

int hs_refuse(const hs_reason *reason, int code, const char *format, ...)
{
    va_list arguments;
    if (reason->text == NULL || reason->size == 0)
        return code;
    va_start(arguments, format);
    vsnprintf(reason->text, reason->size, format, arguments);
    va_end(arguments);
    for (char *at = reason->text; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return code;
}
