/* Small drawings that stand in the page itself, in the colour of the text. */
#ifndef WEB_ICONS_H
#define WEB_ICONS_H

#include <stdio.h>

/*
 * Prints an icon: "alert", "check", "door", "laptop", "lock", "phone", "tablet" or
 * "unknown". Readers of the screen are not told of it: the words beside it say it.
 */
void icon_print(FILE *out, const char *name);

#endif
