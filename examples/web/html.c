#include "html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <time.h>

static void print_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            putc(*text, out);
        }
    }
}

void html_print(FILE *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            putc(*format, out);
            continue;
        }
        format++;
        if (*format == 's')
            print_escaped(out, va_arg(arguments, const char *));
        else if (*format == 'd')
            fprintf(out, "%d", va_arg(arguments, int));
        else
            putc(*format, out);
    }
    va_end(arguments);
}

void html_time(FILE *out, int64_t at)
{
    char machine[32], person[32];
    struct tm parts;
    time_t seconds = (time_t)(at / 1000);
    gmtime_r(&seconds, &parts);
    strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%SZ", &parts);
    strftime(person, sizeof person, "%d %b %Y, %H:%M UTC", &parts);
    html_print(out, "<time datetime=\"%s\">%s</time>", machine, person);
}

void html_distance(FILE *out, int64_t at)
{
    static const struct {
        int64_t length;
        const char *name;
    } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}};
    int64_t distance = at - now_ms();
    int64_t length = distance < 0 ? -distance : distance;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        /* to the nearest: "29 minutes" of 29:59 would look wrong */
        int64_t count = (length + units[i].length / 2) / units[i].length;
        if (length < units[i].length)
            continue;
        fprintf(out, "%s%" PRId64 " %s%s%s", distance > 0 ? "in " : "", count,
                units[i].name, count == 1 ? "" : "s", distance > 0 ? "" : " ago");
        return;
    }
    fputs(distance > 0 ? "in less than a minute" : "just now", out);
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
