#include "device.h"

#include <stdio.h>
#include <string.h>

struct word {
    const char *in_text, *meaning;
};

/* The order matters: Edge says that it is Chrome, and Chrome that it is Safari. */
static const struct word browsers[] = {
    {"Edg/", "Edge"},
    {"EdgA/", "Edge"},
    {"EdgiOS/", "Edge"},
    {"OPR/", "Opera"},
    {"Vivaldi/", "Vivaldi"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"Chrome/", "Chrome"},
    {"CriOS/", "Chrome"},
    {"Safari/", "Safari"},
    {"curl/", "curl"},
    {NULL, NULL},
};

static const struct word systems[] = {
    {"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
    {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"},
    {"Linux", "Linux"},     {NULL, NULL},
};

static const struct word icons[] = {
    {"Android tablet", "tablet"}, {"iPad", "tablet"},    {"Android", "phone"},
    {"iPhone", "phone"},          {"Windows", "laptop"}, {"ChromeOS", "laptop"},
    {"macOS", "laptop"},          {"Linux", "laptop"},   {NULL, "unknown"},
};

/* The meaning of the first word that the text contains. */
static const char *first_of(const char *text, const struct word *words)
{
    while (words->in_text != NULL && strstr(text, words->in_text) == NULL)
        words++;
    return words->meaning;
}

void device_label(const char *user_agent, char label[DEVICE_LABEL_SIZE])
{
    const char *browser = first_of(user_agent, browsers);
    const char *system = first_of(user_agent, systems);
    /* Only phones add the word Mobile. */
    if (system != NULL && strcmp(system, "Android") == 0 &&
        strstr(user_agent, "Mobile") == NULL)
        system = "Android tablet";
    if (browser == NULL && system == NULL)
        snprintf(label, DEVICE_LABEL_SIZE, "Unknown device");
    else if (system == NULL)
        snprintf(label, DEVICE_LABEL_SIZE, "%s", browser);
    else
        snprintf(label, DEVICE_LABEL_SIZE, "%s on %s",
                 browser != NULL ? browser : "A browser", system);
}

const char *device_icon(const char *label)
{
    return first_of(label, icons);
}
