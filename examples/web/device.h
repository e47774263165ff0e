/* What a browser says of itself, in words that people know. */
#ifndef WEB_DEVICE_H
#define WEB_DEVICE_H

#include <stddef.h>

/* Room for any label, with the NUL. */
enum { DEVICE_LABEL_SIZE = 64 };

/*
 * Writes a label, such as "Firefox on Windows", for a User-Agent. It is made of
 * our own words only, because a User-Agent may be of any length and hold anything.
 */
void device_label(const char *user_agent, char label[DEVICE_LABEL_SIZE]);

/* The icon for a label: "laptop", "phone", "tablet" or "unknown". */
const char *device_icon(const char *label);

#endif
