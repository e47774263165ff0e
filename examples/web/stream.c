#include "stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "visitor.h"

/*
 * Server-sent events. Each connection has a thread of its own here, so the
 * stream may simply wait. Now and then it says something, also to notice that
 * the browser has gone, and looks whether the session expired.
 */
enum { SILENCE_S = 15 };

#define HELLO "retry: 3000\n\n"
#define STILL_HERE ": still here\n\n"
#define ENDED "event: ended\ndata:\n\n"

struct stream {
    struct watcher watcher;
    const struct app *app;
    char id[SESSION_COOKIE_ID_SIZE];
    char *user;
    bool begun, ended;
};

/* Only Redis's word ends a session; that it cannot be asked means nothing. */
static bool is_over(const struct stream *stream)
{
    session *s;
    int code = session_get(stream->app->anonymous, stream->id, &s);
    if (code == SESSION_OK)
        session_free(s);
    return code == SESSION_NOT_FOUND;
}

static ssize_t say(char *buffer, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length > size)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memcpy(buffer, text, length);
    return (ssize_t)length;
}

/* Called for the next piece whenever the last one is sent. */
static ssize_t next(void *cls, uint64_t position, char *buffer, size_t size)
{
    (void)position;
    struct stream *stream = cls;
    const char *text = stream->begun ? STILL_HERE : HELLO;
    if (stream->ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->begun && !live_wait(stream->app->live, &stream->watcher, SILENCE_S))
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->begun = true;
    stream->ended = is_over(stream);
    return say(buffer, size, stream->ended ? ENDED : text);
}

static void end(void *cls)
{
    struct stream *stream = cls;
    live_remove(stream->app->live, &stream->watcher);
    sodium_memzero(stream->id, sizeof stream->id);
    free(stream->user);
    free(stream);
}

static struct stream *begin(const struct request *r)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    stream->user = strdup(visitor_user(r));
    if (stream->user == NULL) {
        free(stream);
        return NULL;
    }
    stream->app = r->app;
    snprintf(stream->id, sizeof stream->id, "%s", session_id(r->session));
    snprintf(stream->watcher.handle, sizeof stream->watcher.handle, "%s",
             session_handle(r->session));
    stream->watcher.user = stream->user;
    /* Before the session is looked at for the first time: no end is missed. */
    live_add(r->app->live, &stream->watcher);
    return stream;
}

enum MHD_Result stream_get(struct request *r)
{
    struct stream *stream = begin(r);
    return stream != NULL ? reply_stream(r, next, stream, end) : MHD_NO;
}
