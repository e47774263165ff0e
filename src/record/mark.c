#include "record/mark.h"

#include <string.h>

/* The name of a list, or "-". */
static bool read_list(hs_slice text, char list[HS_HANDLE_SIZE])
{
    return hs_slice_copy(text, list, HS_HANDLE_SIZE) &&
           (hs_slice_equals(text, "-") || hs_id_is_handle(list));
}

static bool read_moved(hs_slice rest, hs_mark *out)
{
    hs_slice next = hs_slice_take(&rest, ' ');
    hs_slice nonces = hs_slice_take(&rest, ' ');
    return hs_id_is_any(next) && hs_slice_copy(next, out->next, sizeof out->next) &&
           hs_nonces_read(nonces, &out->nonces) && read_list(rest, out->list);
}

int hs_mark_read(hs_slice text, hs_mark *out)
{
    hs_slice rest = text;
    hs_slice word = hs_slice_take(&rest, ' ');
    *out = (hs_mark){0};
    if (hs_slice_equals(word, "m") && read_moved(rest, out))
        out->kind = HS_MARK_MOVED;
    else if (hs_slice_equals(word, "e") && hs_nonces_read(rest, &out->nonces))
        out->kind = HS_MARK_ENDED;
    else
        *out = (hs_mark){0};
    return out->kind != HS_MARK_NONE ? SESSION_OK : SESSION_CORRUPT;
}

void hs_mark_append_moved(hs_buffer *out, const char *next, const hs_nonces *nonces,
                          const char *list)
{
    hs_buffer_append_text(out, "m ");
    hs_buffer_append_text(out, next);
    hs_buffer_append_text(out, " ");
    hs_nonces_append(nonces, out);
    hs_buffer_append_text(out, " ");
    hs_buffer_append_text(out, list != NULL ? list : "-");
}
