/* Where a user is logged in. */
#include <string.h>

#include "device.h"
#include "flash.h"
#include "html.h"
#include "icons.h"
#include "pages.h"
#include "visitor.h"

static void print_revoke(struct request *r, FILE *out, const char *handle,
                         const char *label)
{
    page_form(r, out, "/devices/revoke");
    html_print(out,
               "<input type=\"hidden\" name=\"handle\" value=\"%s\">\n"
               "<button class=\"quiet\" aria-label=\"Log out %s\">Log out</button>\n"
               "</form>\n",
               handle, label);
}

/* This device has no button: "Log out" at the top of the page does that. */
static void print_device(struct request *r, FILE *out, const session_list *devices,
                         size_t i, bool own)
{
    const char *label = session_list_label(devices, i);
    fputs("<li class=\"device\">\n<div class=\"mark\">", out);
    icon_print(out, device_icon(label));
    html_print(out, "</div>\n<h2>%s", label);
    if (own)
        fputs(" <span class=\"badge\">this device</span>", out);
    fputs("</h2>\n<p><span>Last seen ", out);
    html_distance(out, session_list_seen_at(devices, i));
    html_print(out, "</span><span>%s</span><span>Since ",
               session_list_address(devices, i));
    html_time(out, session_list_created_at(devices, i));
    fputs("</span></p>\n", out);
    if (!own)
        print_revoke(r, out, session_list_handle(devices, i), label);
    fputs("</li>\n", out);
}

/* This device first, then the others. */
static void print_list(struct request *r, FILE *out, const session_list *devices)
{
    fputs("<ul class=\"card list\">\n", out);
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < session_list_count(devices); i++)
            if (own == (strcmp(session_list_handle(devices, i),
                               session_handle(r->session)) == 0))
                print_device(r, out, devices, i, own);
    fputs("</ul>\n", out);
}

static void print_action(struct request *r, FILE *out, const char *path,
                         const char *class, const char *button, const char *text)
{
    html_print(out, "<div class=\"line\">\n<p>%s</p>\n", text);
    page_form(r, out, path);
    html_print(out, "<button class=\"%s\">%s</button>\n</form>\n</div>\n", class, button);
}

static void print_done(FILE *out, enum flash flash)
{
    if (flash != FLASH_DEVICE && flash != FLASH_OTHERS)
        return;
    fputs("<p class=\"notice\" role=\"status\">", out);
    icon_print(out, "check");
    fputs(flash == FLASH_DEVICE ? "That device is logged out.</p>\n"
                                : "All other devices are logged out.</p>\n",
          out);
}

enum MHD_Result page_devices(struct request *r, const session_list *devices)
{
    enum flash flash = flash_take(r);
    size_t count = session_list_count(devices);
    struct page page;
    if (!page_open(&page, r, "Your devices", NULL))
        return MHD_NO;
    html_print(page.out, "<p class=\"lead\">You are logged in on %d device%s.</p>\n",
               (int)count, count == 1 ? "" : "s");
    print_done(page.out, flash);
    print_list(r, page.out, devices);
    fputs("<section class=\"more\">\n", page.out);
    if (count > 1)
        print_action(r, page.out, "/devices/others", "quiet", "Log out all others",
                     "Keep only this device logged in.");
    print_action(r, page.out, "/devices/all", "quiet danger", "Log out everywhere",
                 "End every session, also the one on this device.");
    fputs("</section>\n", page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}
