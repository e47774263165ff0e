/* When something is wrong. */
#include <stdio.h>
#include <string.h>

#include "html.h"
#include "pages.h"
#include "visitor.h"

enum { RETRY_AFTER = 2 };

enum MHD_Result page_error(struct request *r, unsigned status, const char *title,
                           const char *text, const struct extras *extras)
{
    struct page page;
    if (!page_open(&page, r, title, "alert"))
        return MHD_NO;
    html_print(page.out,
               "<p>%s</p>\n<p><a class=\"button quiet\" href=\"/\">To the front "
               "page</a></p>\n",
               text);
    return page_end(r, &page, status, extras);
}

/* What the trouble means for the request; it claims only what is known. */
static const char *consequence(const struct request *r, int code)
{
    bool unknown = code == SESSION_UNKNOWN || code == SESSION_PROTOCOL;
    if (strcmp(r->method, MHD_HTTP_METHOD_POST) != 0)
        return "Nothing is lost, and you have not been logged out.";
    if (strcmp(r->path, "/logout") == 0)
        return unknown ? "It is not certain whether you are logged out. Please try again "
                         "before you leave this device."
                       : "You are still logged in. Please try again before you leave "
                         "this device.";
    if (strncmp(r->path, "/devices", 8) == 0)
        return "It is not certain that the devices are logged out. Please try again.";
    return unknown ? "It is not certain whether this was done." : "Nothing was changed.";
}

/* Repeats the fields that were sent, so that a note that was typed is not lost. */
static void print_sent_fields(const struct request *r, FILE *out)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (r->fields[i] != NULL && i != FIELD_CSRF && i != FIELD_PASSWORD)
            html_print(out, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
                       request_field_name((enum field)i), r->fields[i]);
    if (r->fields[FIELD_NOTE] != NULL)
        html_print(out, "<p>Your note is still here:</p>\n<pre>%s</pre>\n",
                   r->fields[FIELD_NOTE]);
    if (r->fields[FIELD_PASSWORD] !=
        NULL) /* asked for again, because no page may hold it */
        fputs("<label for=\"password\">Password</label>\n<input id=\"password\" "
              "name=\"password\" type=\"password\" autocomplete=\"current-password\" "
              "required>\n",
              out);
}

/*
 * Sends the form again. It gets a fresh token only if its own was checked: else a
 * form that another site posted would become one of ours. A token that was not
 * checked is sent again as it came.
 */
static void print_retry_form(struct request *r, FILE *out)
{
    fputs("<div class=\"card\">\n", out);
    if (r->token_checked)
        page_form(r, out, r->path);
    else
        html_print(out,
                   "<form method=\"post\" action=\"%s\">\n"
                   "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
                   r->path, request_field_name(FIELD_CSRF), request_field(r, FIELD_CSRF));
    print_sent_fields(r, out);
    fputs("<button>Try again</button>\n</form>\n</div>\n", out);
}

static enum MHD_Result try_again(struct request *r, int code)
{
    const struct extras extras = {.retry_after = RETRY_AFTER};
    struct page page;
    if (!page_open(&page, r, "Please try again", "alert"))
        return MHD_NO;
    html_print(page.out,
               "<p role=\"alert\">The place where sessions are kept does not answer. "
               "%s</p>\n",
               consequence(r, code));
    if (strcmp(r->method, MHD_HTTP_METHOD_POST) == 0)
        print_retry_form(r, page.out);
    else
        html_print(page.out, "<p><a class=\"button\" href=\"%s\">Try again</a></p>\n",
                   r->path);
    return page_end(r, &page, MHD_HTTP_SERVICE_UNAVAILABLE, &extras);
}

enum MHD_Result page_trouble(struct request *r, int code)
{
    r->forget_cookie = false;
    if (session_error_category(code) == SESSION_CATEGORY_SERVER)
        return try_again(r, code);
    fprintf(stderr, "%s %s: %s\n", r->method, r->path, session_error_text(code));
    return page_error(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "Something is wrong here",
                      "It is not your fault, and you have not been logged out. "
                      "Please come back later.",
                      NULL);
}
