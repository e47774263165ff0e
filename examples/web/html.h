/* Writing HTML so that nobody's text becomes markup. */
#ifndef WEB_HTML_H
#define WEB_HTML_H

#include <stdint.h>
#include <stdio.h>

/*
 * Prints markup. %s is text from anywhere: it is escaped for use between tags
 * and in quoted attributes. %d is an int, %% a percent sign; there is no more.
 */
void html_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A <time> element for Unix milliseconds, in UTC. */
void html_time(FILE *out, int64_t at);

/* How far away that is in words, such as "in 12 minutes" or "3 hours ago". */
void html_distance(FILE *out, int64_t at);

/* Unix milliseconds. */
int64_t now_ms(void);

#endif
