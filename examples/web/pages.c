/* The frame of all pages, and the first one. */
#include "pages.h"

#include <string.h>

#include "html.h"
#include "icons.h"
#include "token.h"
#include "visitor.h"

/* ---- What pages are made of ---- */

void page_form(struct request *r, FILE *out, const char *action)
{
    char token[TOKEN_SIZE];
    token_make(r, token);
    html_print(out,
               "<form method=\"post\" action=\"%s\">\n"
               "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
               action, request_field_name(FIELD_CSRF), token);
}

void page_alert(FILE *out, const char *alert)
{
    if (alert == NULL)
        return;
    fputs("<p class=\"alert\" role=\"alert\" id=\"alert\">", out);
    html_print(out, "%s</p>\n", alert);
}

static void print_link(const struct request *r, FILE *out, const char *path,
                       const char *text)
{
    const char *current = strcmp(r->path, path) == 0 ? " aria-current=\"page\"" : "";
    html_print(out, "<li><a href=\"%s\"", path);
    fprintf(out, "%s>", current);
    html_print(out, "%s</a></li>\n", text);
}

static void print_navigation(struct request *r, FILE *out)
{
    const char *user = visitor_user(r);
    bool is_login = strcmp(r->path, "/login") == 0;
    if (r->unsure || (user == NULL && is_login))
        return;
    fputs("<nav aria-label=\"Main\">\n<ul>\n", out);
    if (user == NULL) {
        print_link(r, out, "/login", "Log in");
    } else {
        print_link(r, out, "/account", "Your page");
        print_link(r, out, "/devices", "Devices");
    }
    fputs("</ul>\n</nav>\n", out);
    if (user != NULL) {
        page_form(r, out, "/logout");
        html_print(out,
                   "<span class=\"user\">%s</span>\n"
                   "<button class=\"quiet\">Log out</button>\n</form>\n",
                   user);
    }
}

static void print_head(const struct request *r, FILE *out, const char *title)
{
    html_print(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<title>%s - hisession</title>\n"
        "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n"
        "<script src=\"/page.js\" defer></script>\n",
        title);
    if (visitor_user(r) != NULL)
        fputs("<script src=\"/live.js\" defer></script>\n", out);
    fputs("</head>\n", out);
}

bool page_open(struct page *page, struct request *r, const char *title, const char *icon)
{
    page->out = open_memstream(&page->html, &page->size);
    if (page->out == NULL)
        return false;
    print_head(r, page->out, title);
    fputs(
        "<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
        "<header>\n<div>\n<a class=\"brand\" href=\"/\"><img src=\"/icon.svg\" alt=\"\" "
        "width=\"28\" height=\"28\"><span>hisession</span></a>\n",
        page->out);
    print_navigation(r, page->out);
    fprintf(page->out, "</div>\n</header>\n<main id=\"main\" tabindex=\"-1\"%s>\n",
            icon != NULL ? " class=\"narrow\"" : "");
    if (icon != NULL) {
        fputs("<div class=\"mark\">", page->out);
        icon_print(page->out, icon);
        fputs("</div>\n", page->out);
    }
    html_print(page->out, "<h1>%s</h1>\n", title);
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

/* ---- The first page ---- */

enum MHD_Result page_front(struct request *r)
{
    static const char *const points[][2] = {
        {"Nothing kept in advance",
         "Reading this page made no session and set no cookie."},
        {"A fresh start at login", "Each login makes a new session, with a new id."},
        {"Out means out", "A device that is logged out elsewhere shows it at once."},
        {"Calm in trouble",
         "If Redis is away, the site says so, and nobody is logged out."},
    };
    struct page page;
    if (!page_open(&page, r, "Sessions you can see", NULL))
        return MHD_NO;
    bool member = visitor_user(r) != NULL;
    html_print(
        page.out,
        "<p class=\"lead\">A small site that logs people in, shows them where they "
        "are logged in, and logs them out: here, elsewhere, everywhere, at "
        "once.</p>\n<p><a class=\"button\" href=\"%s\">%s</a></p>\n"
        "<ul class=\"points\">\n",
        member ? "/account" : "/login", member ? "Go to your page" : "Log in");
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        fputs("<li>", page.out);
        icon_print(page.out, "check");
        html_print(page.out, "<div><h2>%s</h2>\n<p>%s</p></div></li>\n", points[i][0],
                   points[i][1]);
    }
    fputs("</ul>\n", page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}
