/* The pages around the password. */
#include <string.h>

#include "device.h"
#include "html.h"
#include "pages.h"
#include "visitor.h"

/* Ties a field to the alert above it, for people who have the page read aloud. */
static const char *described_by(const char *alert)
{
    return alert != NULL ? "alert" : "";
}

static void print_password(FILE *out, const char *label, const char *alert)
{
    html_print(out,
               "<label for=\"password\">%s</label>\n"
               "<input id=\"password\" name=\"password\" type=\"password\" "
               "autocomplete=\"current-password\" maxlength=\"128\" required "
               "aria-describedby=\"%s\">\n",
               label, described_by(alert));
}

/* ---- Logging in ---- */

static void print_demo_accounts(FILE *out)
{
    fputs("<aside class=\"hint\" aria-label=\"Demo accounts\">\n<p>To try it out:</p>\n"
          "<ul>\n",
          out);
    for (size_t i = 0; accounts_demo_name(i) != NULL; i++)
        html_print(out, "<li><code>%s</code> with <code>%s</code></li>\n",
                   accounts_demo_name(i), accounts_demo_password(i));
    fputs("</ul>\n</aside>\n", out);
}

enum MHD_Result page_login(struct request *r, unsigned status, const char *alert,
                           int retry_after)
{
    const struct extras extras = {.retry_after = retry_after};
    struct page page;
    if (!page_open(&page, r, "Log in", "lock"))
        return MHD_NO;
    fputs("<div class=\"card\">\n", page.out);
    page_alert(page.out, alert);
    page_form(r, page.out, "/login");
    html_print(page.out,
               "<label for=\"user\">Name</label>\n"
               "<input id=\"user\" name=\"user\" value=\"%s\" autocomplete=\"username\" "
               "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" required "
               "aria-describedby=\"%s\">\n",
               request_field(r, FIELD_USER), described_by(alert));
    print_password(page.out, "Password", alert);
    fputs("<button>Log in</button>\n</form>\n</div>\n", page.out);
    print_demo_accounts(page.out);
    return page_end(r, &page, status, &extras);
}

/* The text is true for everybody who is not logged in, because a link can lead here. */
enum MHD_Result page_signed_out(struct request *r)
{
    bool ended = strcmp(request_query(r, "why"), "ended") == 0;
    struct page page;
    if (!page_open(&page, r, "You are logged out", "door"))
        return MHD_NO;
    fputs(ended ? "<p>A session ends when you log out, when it is ended from another "
                  "device, or after " TTL_WORDS " without use.</p>\n"
                : "<p>Logging out removes the session from the server, not only from "
                  "this browser.</p>\n",
          page.out);
    fputs("<p><a class=\"button\" href=\"/login\">Log in again</a></p>\n", page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}

/* ---- Giving the password once more ---- */

/* What the form that was posted will do. */
struct plan {
    const char *path;
    const char *whom; /* NULL for the device that the form names */
    const char *text, *button;
};

static const struct plan *plan_of(const struct request *r)
{
    static const struct plan plans[] = {
        {"/devices/others", "all other devices",
         "Every device but this one is logged out at once. You stay logged in here.",
         "Log out all others"},
        {"/devices/all", "everywhere",
         "Every device is logged out at once, this one too. You will have to log in "
         "again.",
         "Log out everywhere"},
        {"/devices/revoke", NULL, "It is logged out at once. You stay logged in here.",
         "Log out the device"},
    };
    enum { LAST = sizeof plans / sizeof plans[0] - 1 };
    size_t i = 0;
    while (i < LAST && strcmp(plans[i].path, r->path) != 0)
        i++;
    return &plans[i];
}

/* The label of the device that the form names, if it is on the list just now. */
static void find_label(const struct request *r, char label[DEVICE_LABEL_SIZE])
{
    const char *handle = request_field(r, FIELD_HANDLE);
    session_list *devices = NULL;
    snprintf(label, DEVICE_LABEL_SIZE, "that device");
    if (session_list_user(r->app->active, visitor_user(r), &devices) != SESSION_OK)
        return;
    for (size_t i = 0; i < session_list_count(devices); i++)
        if (strcmp(session_list_handle(devices, i), handle) == 0)
            snprintf(label, DEVICE_LABEL_SIZE, "%s", session_list_label(devices, i));
    session_list_free(devices);
}

static void print_confirm_form(struct request *r, FILE *out, const struct plan *plan,
                               const char *alert)
{
    page_form(r, out, r->path);
    html_print(out,
               "<input type=\"hidden\" name=\"handle\" value=\"%s\">\n"
               "<input class=\"unseen\" name=\"user\" value=\"%s\" tabindex=\"-1\" "
               "aria-hidden=\"true\" autocomplete=\"username\" readonly>\n",
               request_field(r, FIELD_HANDLE), visitor_user(r));
    print_password(out, "Your password", alert);
    html_print(out,
               "<button>%s</button>\n"
               "<a class=\"button quiet\" href=\"/devices\">Cancel</a>\n</form>\n",
               plan->button);
}

enum MHD_Result page_confirm(struct request *r, unsigned status, const char *alert,
                             int retry_after)
{
    const struct extras extras = {.retry_after = retry_after};
    const struct plan *plan = plan_of(r);
    char label[DEVICE_LABEL_SIZE] = "", title[DEVICE_LABEL_SIZE + 16];
    struct page page;
    if (plan->whom == NULL)
        find_label(r, label);
    snprintf(title, sizeof title, "Log out %s?", plan->whom != NULL ? plan->whom : label);
    if (!page_open(&page, r, title, "lock"))
        return MHD_NO;
    html_print(page.out, "<p>%s</p>\n<div class=\"card\">\n", plan->text);
    page_alert(page.out, alert);
    print_confirm_form(r, page.out, plan, alert);
    fputs("</div>\n", page.out);
    return page_end(r, &page, status, &extras);
}
