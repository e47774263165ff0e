#include "stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "visitor.h"

/*
 * Server-sent events. Each connection has a thread of its own here, so the
 * stream may simply wait. Every 15 seconds it sends a line, so that it notices
 * a browser that has gone, and looks whether the session expired.
 */
enum { SILENCE_S = 15, RETRY_AFTER_S = 30 };

#define STILL_HERE "retry: 3000\n\n"
#define ENDED "event: ended\ndata:\n\n"
#define REPLACED "event: replaced\ndata:\n\n"

struct stream {
    struct watcher watcher;
    const struct app *app;
    char id[SESSION_COOKIE_ID_SIZE];
    char *user;
    bool last; /* the last words were said */
};

/* A session is over only if Redis says so, and not if Redis cannot be asked. */
static bool is_over(const struct stream *stream)
{
    session *s;
    int code = session_get(stream->app->passive, stream->id, &s);
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

/* The words that come next, NULL if the stream is over. */
static const char *find_words(struct stream *stream, enum live_news news)
{
    if (stream->last || news == LIVE_STOPPED)
        return NULL;
    stream->last = news == LIVE_REPLACED || is_over(stream);
    if (!stream->last)
        return STILL_HERE;
    return news == LIVE_REPLACED ? REPLACED : ENDED;
}

/* Called for the next piece whenever the last one is sent. */
static ssize_t next(void *cls, uint64_t position, char *buffer, size_t size)
{
    struct stream *stream = cls;
    enum live_news news = LIVE_LOOK;
    if (position > 0 && !stream->last)
        news = live_wait(stream->app->live, &stream->watcher, SILENCE_S);
    const char *words = find_words(stream, news);
    return words != NULL ? say(buffer, size, words) : MHD_CONTENT_READER_END_OF_STREAM;
}

static void discard(struct stream *stream)
{
    sodium_memzero(stream->id, sizeof stream->id);
    free(stream->user);
    free(stream);
}

static void end(void *cls)
{
    struct stream *stream = cls;
    live_remove(stream->app->live, &stream->watcher);
    discard(stream);
}

static struct stream *begin(const struct request *r)
{
    struct stream *stream = calloc(1, sizeof *stream);
    char *user = strdup(visitor_user(r));
    if (stream == NULL || user == NULL) {
        free(stream);
        free(user);
        return NULL;
    }
    stream->app = r->app;
    stream->user = user;
    stream->watcher.user = user;
    snprintf(stream->id, sizeof stream->id, "%s", session_id(r->session));
    snprintf(stream->watcher.handle, sizeof stream->watcher.handle, "%s",
             session_handle(r->session));
    request_address(r, stream->watcher.address, sizeof stream->watcher.address);
    return stream;
}

enum MHD_Result stream_get(struct request *r)
{
    const struct extras later = {.retry_after = RETRY_AFTER_S};
    struct stream *stream = begin(r);
    if (stream == NULL)
        return MHD_NO;
    /* Before the session is looked at for the first time, so that no end is missed. */
    if (live_add(r->app->live, &stream->watcher))
        return reply_stream(r, next, stream, end);
    discard(stream);
    return page_error(r, MHD_HTTP_TOO_MANY_REQUESTS, "Too many open pages",
                      "This one will not notice by itself when you are logged out.",
                      &later);
}
