#include "icons.h"

#include <string.h>

static const struct {
    const char *name, *shapes;
} icons[] = {
    {"alert",
     "<path d=\"M12 4 3 20h18z\"/><path d=\"M12 10v4\"/><path d=\"M12 17h.01\"/>"},
    {"check", "<path d=\"m5 12.5 4.5 4.5L19 7.5\"/>"},
    {"door",
     "<path d=\"M10 4H5v16h5\"/><path d=\"m15 8 4 4-4 4\"/><path d=\"M19 12h-9\"/>"},
    {"laptop", "<rect x=\"4.5\" y=\"5\" width=\"15\" height=\"11\" rx=\"2\"/>"
               "<path d=\"M2.5 19.5h19\"/>"},
    {"lock", "<rect x=\"5\" y=\"11\" width=\"14\" height=\"9\" rx=\"2\"/>"
             "<path d=\"M8 11V8a4 4 0 0 1 8 0v3\"/>"},
    {"phone", "<rect x=\"7\" y=\"2.5\" width=\"10\" height=\"19\" rx=\"2.5\"/>"
              "<path d=\"M11 18.5h2\"/>"},
    {"tablet", "<rect x=\"4.5\" y=\"3\" width=\"15\" height=\"18\" rx=\"2.5\"/>"
               "<path d=\"M11 18h2\"/>"},
    {"unknown", "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 17h.01\"/>"
                "<path d=\"M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.8\"/>"},
};

enum { ICONS = sizeof icons / sizeof icons[0] };

void icon_print(FILE *out, const char *name)
{
    size_t i = 0;
    while (i + 1 < ICONS && strcmp(icons[i].name, name) != 0)
        i++;
    fprintf(out,
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" "
            "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\" "
            "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\">"
            "%s</svg>",
            icons[i].shapes);
}
