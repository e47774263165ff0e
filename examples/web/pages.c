#include "pages.h"

#include <string.h>

#include "html.h"
#include "visitor.h"

/* ---- What pages are made of ---- */

static void print_link(const struct request *r, FILE *out, const char *path,
                       const char *text)
{
    const char *current = strcmp(r->path, path) == 0 ? " aria-current=\"page\"" : "";
    html_print(out, "<li><a href=\"%s\"", path);
    fprintf(out, "%s>", current);
    html_print(out, "%s</a></li>\n", text);
}

void page_form(const struct request *r, FILE *out, const char *action)
{
    char token[SESSION_CSRF_LENGTH + 1];
    if (session_csrf_token(r->session, token, sizeof token) != SESSION_OK)
        token[0] = '\0'; /* the form will be refused */
    html_print(out,
               "<form method=\"post\" action=\"%s\">\n"
               "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
               action, request_field_name(FIELD_CSRF), token);
}

static void print_navigation(const struct request *r, FILE *out)
{
    const char *user = visitor_user(r);
    if (r->unsure)
        return;
    fputs("<nav aria-label=\"Main\">\n<ul>\n", out);
    if (user == NULL) {
        print_link(r, out, "/login", "Log in");
    } else {
        print_link(r, out, "/account", "Your page");
        print_link(r, out, "/devices", "Your devices");
    }
    fputs("</ul>\n</nav>\n", out);
    if (user != NULL) {
        page_form(r, out, "/logout");
        html_print(out,
                   "<span class=\"user\">%s</span> <button class=\"quiet\">"
                   "Log out</button>\n</form>\n",
                   user);
    }
}

static void print_top(const struct request *r, FILE *out, const char *title)
{
    html_print(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<title>%s - hisession</title>\n"
        "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n",
        title);
    if (visitor_user(r) != NULL)
        fputs("<script src=\"/live.js\" defer></script>\n", out);
    fputs("</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
          "<header>\n<a class=\"brand\" href=\"/\">hisession</a>\n",
          out);
    print_navigation(r, out);
    html_print(out, "</header>\n<main id=\"main\" tabindex=\"-1\">\n<h1>%s</h1>\n",
               title);
}

bool page_open(struct page *page, const struct request *r, const char *title)
{
    page->out = open_memstream(&page->html, &page->size);
    if (page->out == NULL)
        return false;
    print_top(r, page->out, title);
    return true;
}

enum MHD_Result page_end(struct request *r, struct page *page, unsigned status,
                         const struct extras *extras)
{
    html_print(page->out,
               "</main>\n<footer>Answered by the server on port %d.</footer>\n"
               "</body>\n</html>\n",
               r->app->port);
    return reply_page(r, page, status, extras);
}

/* ---- For everybody ---- */

enum MHD_Result page_front(struct request *r)
{
    struct page page;
    if (!page_open(&page, r, "Sessions you can see"))
        return MHD_NO;
    fputs("<p class=\"lead\">A small site that logs people in, shows them where they are "
          "logged in, and logs them out - here, elsewhere, everywhere, at once.</p>\n"
          "<ul class=\"points\">\n"
          "<li>Reading this page made no session and set no cookie.</li>\n"
          "<li>Logging in gives the session a new id, and a longer life.</li>\n"
          "<li>A device that is logged out elsewhere shows it at once.</li>\n"
          "<li>If Redis is away, the site says so, and nobody is logged out.</li>\n"
          "</ul>\n",
          page.out);
    fprintf(page.out, "<p><a class=\"button\" href=\"%s\">%s</a></p>\n",
            visitor_user(r) != NULL ? "/account" : "/login",
            visitor_user(r) != NULL ? "Go to your page" : "Log in");
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}

/* Ties a field to the alert above it, for who does not see that it is near. */
static const char *described_by(const char *alert)
{
    return alert != NULL ? "alert" : "";
}

static void print_demo_accounts(FILE *out)
{
    fputs("<aside aria-labelledby=\"demo\" class=\"card\">\n"
          "<h2 id=\"demo\">Demo accounts</h2>\n<table>\n<thead><tr>"
          "<th scope=\"col\">Name</th><th scope=\"col\">Password</th></tr></thead>\n"
          "<tbody>\n",
          out);
    for (size_t i = 0; accounts_demo_name(i) != NULL; i++)
        html_print(out, "<tr><td><code>%s</code></td><td><code>%s</code></td></tr>\n",
                   accounts_demo_name(i), accounts_demo_password(i));
    fputs("</tbody>\n</table>\n</aside>\n", out);
}

static void print_alert(FILE *out, const char *alert)
{
    if (alert != NULL)
        html_print(out, "<p class=\"alert\" role=\"alert\" id=\"alert\">%s</p>\n", alert);
}

enum MHD_Result page_login(struct request *r, unsigned status, const char *alert,
                           int retry_after)
{
    const struct extras extras = {.retry_after = retry_after};
    struct page page;
    if (!page_open(&page, r, "Log in"))
        return MHD_NO;
    print_alert(page.out, alert);
    page_form(r, page.out, "/login");
    html_print(page.out,
               "<label for=\"user\">Name</label>\n"
               "<input id=\"user\" name=\"user\" value=\"%s\" autocomplete=\"username\" "
               "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" required "
               "aria-describedby=\"%s\">\n"
               "<label for=\"password\">Password</label>\n"
               "<input id=\"password\" name=\"password\" type=\"password\" "
               "autocomplete=\"current-password\" maxlength=\"128\" required>\n"
               "<button>Log in</button>\n</form>\n",
               request_field(r, FIELD_USER), described_by(alert));
    print_demo_accounts(page.out);
    return page_end(r, &page, status, &extras);
}

enum MHD_Result page_confirm(struct request *r, unsigned status, const char *alert,
                             int retry_after)
{
    const struct extras extras = {.retry_after = retry_after};
    struct page page;
    if (!page_open(&page, r, "Is it you?"))
        return MHD_NO;
    print_alert(page.out, alert);
    fputs("<p>Before devices are logged out, please type your password once more.</p>\n",
          page.out);
    page_form(r, page.out, r->path);
    html_print(page.out,
               "<input type=\"hidden\" name=\"handle\" value=\"%s\">\n"
               "<label for=\"password\">Password of %s</label>\n"
               "<input id=\"password\" name=\"password\" type=\"password\" "
               "autocomplete=\"current-password\" maxlength=\"128\" required>\n"
               "<button>Go on</button> <a href=\"/devices\">Leave it</a>\n</form>\n",
               request_field(r, FIELD_HANDLE), visitor_user(r));
    return page_end(r, &page, status, &extras);
}

enum MHD_Result page_signed_out(struct request *r)
{
    bool ended = strcmp(request_query(r, "why"), "ended") == 0;
    struct page page;
    if (!page_open(&page, r, "You are logged out"))
        return MHD_NO;
    fputs(ended ? "<p>This session is over: it was ended from another device, or it "
                  "expired.</p>\n"
                : "<p>The session is gone from the server, not only from this "
                  "browser.</p>\n",
          page.out);
    fputs("<p><a class=\"button\" href=\"/login\">Log in again</a></p>\n", page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}
