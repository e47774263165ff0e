/* The page with the session's data. */
#include <inttypes.h>

#include "flash.h"
#include "html.h"
#include "icons.h"
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

/* The button of a card, and beside it, on the page that follows, that it was done. */
static void print_button(FILE *out, const char *class, const char *text, const char *done)
{
    html_print(out, "<div class=\"actions\">\n<button class=\"%s\">%s</button>\n", class,
               text);
    if (done != NULL) {
        fputs("<span class=\"done\" role=\"status\">", out);
        icon_print(out, "check");
        html_print(out, "%s</span>\n", done);
    }
    fputs("</div>\n", out);
}

/* ---- The note ---- */

/* Begins with a line break, because browsers drop the one after <textarea>. */
static void print_note_field(struct request *r, FILE *out, const char *note)
{
    page_form(r, out, "/account/note");
    fprintf(out, "<input type=\"hidden\" name=\"revision\" value=\"%" PRId64 "\">\n",
            int_field(r->session, "revision"));
    html_print(out,
               "<textarea id=\"note\" name=\"note\" rows=\"6\" maxlength=\"%d\">\n%s"
               "</textarea>\n",
               NOTE_LENGTH, note);
}

static void print_note_card(struct request *r, FILE *out, enum flash flash)
{
    fputs("<section class=\"card\">\n<h2><label for=\"note\">Note</label></h2>\n", out);
    print_note_field(r, out, note_of(r->session));
    print_button(out, "", "Save the note", flash == FLASH_NOTE ? "Saved" : NULL);
    fputs("</form>\n</section>\n", out);
}

enum MHD_Result page_note_conflict(struct request *r)
{
    struct page page;
    if (!page_open(&page, r, "The note has changed", NULL))
        return MHD_NO;
    html_print(
        page.out,
        "<p class=\"lead\" role=\"alert\">Another window saved this note after you "
        "opened it here. Nothing was overwritten.</p>\n"
        "<div class=\"columns even\">\n<section class=\"card\">\n"
        "<h2>Saved in the other window</h2>\n<pre>%s</pre>\n"
        "<div class=\"actions\"><a class=\"button\" href=\"/account\">Keep this "
        "one</a></div>\n</section>\n<section class=\"card\">\n"
        "<h2><label for=\"note\">Yours, not saved yet</label></h2>\n",
        note_of(r->session));
    print_note_field(r, page.out, request_field(r, FIELD_NOTE));
    print_button(page.out, "quiet", "Replace it with mine", NULL);
    fputs("</form>\n</section>\n</div>\n", page.out);
    return page_end(r, &page, MHD_HTTP_CONFLICT, NULL);
}

/* ---- The rest ---- */

static void print_count_card(struct request *r, FILE *out, enum flash flash)
{
    fputs("<section class=\"card\">\n<h2>Counter</h2>\n", out);
    page_form(r, out, "/account/count");
    fprintf(out, "<p>You counted to</p>\n<output>%" PRId64 "</output>\n",
            int_field(r->session, "count"));
    print_button(out, "soft", "Count one more",
                 flash == FLASH_COUNT_UP ? "Counted" : NULL);
    fputs("</form>\n</section>\n", out);
}

static void print_fact(FILE *out, const char *name, int64_t at)
{
    html_print(out, "<div><dt>%s</dt><dd>", name);
    html_distance(out, at);
    fputs("<br>", out);
    html_time(out, at);
    fputs("</dd></div>\n", out);
}

static void print_session_card(struct request *r, FILE *out)
{
    int64_t created = session_created_at(r->session);
    fputs("<section class=\"card\">\n<h2>This session</h2>\n<dl>\n", out);
    print_fact(out, "Started", created);
    print_fact(out, "Ends if you do nothing", session_expires_at(r->session));
    print_fact(out, "Ends at the latest", created + LIFETIME_MS);
    html_print(out,
               "</dl>\n<p class=\"hint\">Each page you open starts the " TTL_WORDS
               " again. Public name: <code>%s</code></p>\n</section>\n",
               session_handle(r->session));
}

enum MHD_Result page_account(struct request *r)
{
    enum flash flash = flash_take(r);
    struct page page;
    if (!page_open(&page, r, "Your page", NULL))
        return MHD_NO;
    html_print(page.out,
               "<p class=\"lead\">Hello, %s. This is what your session holds until it "
               "ends.</p>\n<div class=\"columns\">\n",
               visitor_user(r));
    print_note_card(r, page.out, flash);
    print_count_card(r, page.out, flash);
    fputs("</div>\n", page.out);
    print_session_card(r, page.out);
    return page_end(r, &page, MHD_HTTP_OK, NULL);
}
