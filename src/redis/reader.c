#include "redis/reader.h"

#include <hiredis/hiredis.h>
#include <string.h>

#include "memory.h"

/* ---- Objects, as hiredis asks for them ---- */

static bool is_flat(const redisReadTask *task)
{
    return task->parent == NULL;
}

/* hiredis does not look at the two bytes behind a bulk string. */
static bool ends_line(const char *text, size_t length)
{
    return text[length] == '\r' && text[length + 1] == '\n';
}

static void keep_word(hs_reply *reply, const char *text, size_t length)
{
    if (length >= sizeof reply->word)
        length = sizeof reply->word - 1;
    memcpy(reply->word, text, length);
    reply->word[length] = '\0';
}

/* NULL, which ends the connection, for what we never ask for. */
static void *create_string(const redisReadTask *task, char *text, size_t length)
{
    hs_reader *reader = task->privdata;
    hs_reply *reply = reader->target;
    if (!is_flat(task) || !ends_line(text, length))
        return NULL;
    switch (task->type) {
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        if (memchr(text, '\0', length) != NULL)
            return NULL;
        keep_word(reply, text, length);
        reply->kind = task->type == REDIS_REPLY_ERROR ? HS_REPLY_ERROR : HS_REPLY_STATUS;
        return reply;
    case REDIS_REPLY_STRING:
        reply->text = hs_memory_copy_text(text, length);
        reader->no_memory = reply->text == NULL;
        reply->length = length;
        reply->kind = HS_REPLY_STRING;
        return reply->text;
    default:
        return NULL;
    }
}

static void *create_integer(const redisReadTask *task, long long value)
{
    hs_reader *reader = task->privdata;
    if (!is_flat(task) || task->type != REDIS_REPLY_INTEGER)
        return NULL;
    reader->target->integer = value;
    reader->target->kind = HS_REPLY_INTEGER;
    return reader->target;
}

static void *create_nil(const redisReadTask *task)
{
    hs_reader *reader = task->privdata;
    /* Only "$-1": a nil of any other kind answers nothing of ours. */
    if (!is_flat(task) || task->type != REDIS_REPLY_STRING)
        return NULL;
    reader->target->kind = HS_REPLY_NIL;
    return reader->target;
}

static void *refuse_array(const redisReadTask *task, size_t length)
{
    (void)task;
    (void)length;
    return NULL;
}

static void *refuse_double(const redisReadTask *task, double value, char *text,
                           size_t length)
{
    (void)task;
    (void)value;
    (void)text;
    (void)length;
    return NULL;
}

static void *refuse_bool(const redisReadTask *task, int value)
{
    (void)task;
    (void)value;
    return NULL;
}

static void keep_object(void *object)
{
    (void)object; /* the reply belongs to whoever waits for it */
}

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = refuse_array,
    .createInteger = create_integer,
    .createDouble = refuse_double,
    .createNil = create_nil,
    .createBool = refuse_bool,
    .freeObject = keep_object,
};

/* ---- The reader ---- */

int hs_reader_init(hs_reader *reader)
{
    *reader = (hs_reader){0};
    reader->parser = redisReaderCreateWithFunctions(&functions);
    if (reader->parser == NULL)
        return SESSION_NO_MEMORY;
    reader->parser->privdata = reader;
    reader->parser->maxbuf = 0; /* keep the buffer: one reply after another */
    reader->parser->maxelements = 1;
    return SESSION_OK;
}

void hs_reader_free(hs_reader *reader)
{
    if (reader->parser == NULL)
        return;
    hs_reader_wipe(reader);
    redisReaderFree(reader->parser);
    reader->parser = NULL;
}

int hs_reader_feed(hs_reader *reader, const char *bytes, size_t length)
{
    if (redisReaderFeed(reader->parser, bytes, length) != REDIS_OK)
        return SESSION_NO_MEMORY;
    if (reader->parser->len > reader->used)
        reader->used = reader->parser->len;
    return SESSION_OK;
}

int hs_reader_next(hs_reader *reader, hs_reply *out)
{
    void *object = NULL;
    reader->target = out;
    if (redisReaderGetReply(reader->parser, &object) == REDIS_OK)
        return SESSION_OK;
    return reader->no_memory ? SESSION_NO_MEMORY : SESSION_PROTOCOL;
}

size_t hs_reader_pending(const hs_reader *reader)
{
    return reader->parser->len - reader->parser->pos;
}

void hs_reader_wipe(hs_reader *reader)
{
    if (reader->parser->buf != NULL) /* a protocol error frees it */
        hs_memory_wipe(reader->parser->buf, reader->used);
    reader->used = 0;
}
