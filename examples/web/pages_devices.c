/* Where a user is logged in. */
#include <string.h>

#include "html.h"
#include "pages.h"
#include "visitor.h"

/* The first of the words that the text contains; the order matters. */
static const char *first_of(const char *text, const char *const (*words)[2])
{
    while ((*words)[0] != NULL && strstr(text, (*words)[0]) == NULL)
        words++;
    return (*words)[1];
}

static const char *browser_in(const char *label)
{
    static const char *const words[][2] = {
        {"Edg/", "Edge"},      {"OPR/", "Opera"},     {"Firefox/", "Firefox"},
        {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
        {NULL, "A browser"},
    };
    return first_of(label, words);
}

static const char *system_in(const char *label)
{
    static const char *const words[][2] = {
        {"Windows", "Windows"},      {"Android", "Android"},
        {"iPhone", "iPhone"},        {"iPad", "iPad"},
        {"Mac OS X", "macOS"},       {"Linux", "Linux"},
        {NULL, "an unknown system"},
    };
    return first_of(label, words);
}

static void print_revoke(const struct request *r, FILE *out, const char *handle,
                         const char *name)
{
    page_form(r, out, "/devices/revoke");
    html_print(out,
               "<input type=\"hidden\" name=\"handle\" value=\"%s\">\n"
               "<button class=\"danger\" aria-label=\"Log out %s\">Log out</button>\n"
               "</form>\n",
               handle, name);
}

static void print_device(const struct request *r, FILE *out, const session_list *devices,
                         size_t i)
{
    char name[80];
    const char *handle = session_list_handle(devices, i);
    const char *label = session_list_label(devices, i);
    snprintf(name, sizeof name, "%s on %s", browser_in(label), system_in(label));
    html_print(out, "<li class=\"card device\">\n<div>\n<h2>%s", name);
    if (strcmp(handle, session_handle(r->session)) == 0)
        fputs(" <span class=\"badge\">this device</span>", out);
    html_print(out, "</h2>\n<p>Address %s. Logged in ", session_list_address(devices, i));
    html_time(out, session_list_created_at(devices, i));
    fputs(", last seen ", out);
    html_distance(out, session_list_seen_at(devices, i));
    fputs(", ends ", out);
    html_distance(out, session_list_expires_at(devices, i));
    html_print(out, " if not used.</p>\n<p class=\"small\">%s</p>\n</div>\n", label);
    print_revoke(r, out, handle, name);
    fputs("</li>\n", out);
}

static void print_done(const struct request *r, FILE *out)
{
    const char *done = request_query(r, "done");
    const char *text = NULL;
    if (strcmp(done, "device") == 0)
        text = "That device is logged out.";
    else if (strcmp(done, "others") == 0)
        text = "All other devices are logged out.";
    if (text != NULL)
        html_print(out, "<p class=\"notice\" role=\"status\">%s</p>\n", text);
}

enum MHD_Result page_devices(struct request *r, const session_list *devices)
{
    struct page page;
    if (!page_open(&page, r, "Your devices"))
        return MHD_NO;
    print_done(r, page.out);
    html_print(page.out,
               "<p class=\"lead\">You are logged in on %d device%s. One that "
               "you log out here is out at once.</p>\n<ul class=\"devices\">\n",
               (int)session_list_count(devices),
               session_list_count(devices) == 1 ? "" : "s");
    for (size_t i = 0; i < session_list_count(devices); i++)
        print_device(r, page.out, devices, i);
    fputs("</ul>\n<div class=\"actions\">\n", page.out);
    page_form(r, page.out, "/devices/others");
    fputs("<button>Log out all others</button>\n</form>\n", page.out);
    page_form(r, page.out, "/devices/all");
    fputs("<button class=\"danger\">Log out everywhere</button>\n</form>\n</div>\n",
          page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}
