/* The page with the session's data. */
#include <inttypes.h>

#include "html.h"
#include "pages.h"
#include "visitor.h"

enum { NOTE_LENGTH = 2000 };

static int64_t int_field(session *s, const char *name)
{
    int64_t value = 0;
    session_get_int(s, name, &value);
    return value;
}

static const char *note_of(session *s)
{
    const char *note = "";
    session_get_string(s, "note", &note);
    return note;
}

/* Browsers drop the line break that follows <textarea>, so that one is spent here. */
static void print_note_form(const struct request *r, FILE *out, const char *note)
{
    page_form(r, out, "/account/note");
    fprintf(out, "<input type=\"hidden\" name=\"revision\" value=\"%" PRId64 "\">\n",
            int_field(r->session, "revision"));
    html_print(out,
               "<label for=\"note\">Note</label>\n"
               "<textarea id=\"note\" name=\"note\" rows=\"5\" maxlength=\"%d\">\n%s"
               "</textarea>\n<button>Save the note</button>\n</form>\n",
               NOTE_LENGTH, note);
}

static void print_count_form(const struct request *r, FILE *out)
{
    page_form(r, out, "/account/count");
    fprintf(out,
            "<p>You counted to <output class=\"count\">%" PRId64 "</output></p>\n"
            "<button>Count one more</button>\n</form>\n",
            int_field(r->session, "count"));
}

static void print_life(const struct request *r, FILE *out)
{
    int64_t created = session_created_at(r->session);
    int64_t idle_end = session_expires_at(r->session);
    fputs("<dl>\n<div><dt>Began</dt><dd>", out);
    html_time(out, created);
    fputs(" (", out);
    html_distance(out, created);
    fputs(")</dd></div>\n<div><dt>Ends if you do nothing</dt><dd>", out);
    html_time(out, idle_end);
    fputs(" (", out);
    html_distance(out, idle_end);
    fputs("); each page you open starts the " MEMBER_TTL_WORDS " anew</dd></div>\n"
          "<div><dt>Ends at the latest</dt><dd>",
          out);
    html_time(out, created + LIFETIME_MS);
    fputs(" (", out);
    html_distance(out, created + LIFETIME_MS);
    html_print(out,
               "), whatever you do</dd></div>\n"
               "<div><dt>Handle</dt><dd><code>%s</code>, its public name; the id is "
               "only in your cookie</dd></div>\n</dl>\n",
               session_handle(r->session));
}

enum MHD_Result page_account(struct request *r)
{
    struct page page;
    if (!page_open(&page, r, "Your page"))
        return MHD_NO;
    html_print(page.out,
               "<p class=\"lead\">Hello, %s. This is what your session "
               "holds.</p>\n",
               visitor_user(r));
    fputs("<div class=\"columns\">\n<section class=\"card\" aria-labelledby=\"h-note\">\n"
          "<h2 id=\"h-note\">A note</h2>\n",
          page.out);
    print_note_form(r, page.out, note_of(r->session));
    fputs("</section>\n<section class=\"card\" aria-labelledby=\"h-count\">\n"
          "<h2 id=\"h-count\">A counter</h2>\n",
          page.out);
    print_count_form(r, page.out);
    fputs("</section>\n</div>\n<section class=\"card\" aria-labelledby=\"h-life\">\n"
          "<h2 id=\"h-life\">How long it lasts</h2>\n",
          page.out);
    print_life(r, page.out);
    fputs("</section>\n", page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}

enum MHD_Result page_note_conflict(struct request *r)
{
    struct page page;
    if (!page_open(&page, r, "The note has changed"))
        return MHD_NO;
    html_print(
        page.out,
        "<p class=\"alert\" role=\"alert\">Another window saved this note after you "
        "opened it. Nothing was overwritten.</p>\n"
        "<h2>Saved meanwhile</h2>\n<pre class=\"card\">%s</pre>\n"
        "<h2>Yours, not saved yet</h2>\n",
        note_of(r->session));
    print_note_form(r, page.out, request_field(r, FIELD_NOTE));
    return page_end(r, &page, MHD_HTTP_CONFLICT, NULL);
}
