#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

int hs_refuse(const hs_reason *reason, int code, const char *format, ...)
{
    va_list arguments;
    if (reason->text == NULL || reason->size == 0)
        return code;
    va_start(arguments, format);
    vsnprintf(reason->text, reason->size, format, arguments);
    va_end(arguments);
    hs_text_make_printable(reason->text);
    return code;
}
