#include "redis/reader.h"

#include <hiredis/hiredis.h>
#include <string.h>

#include "base/memory.h"

/* ---- Objects, as hiredis asks for them ---- */

/* Where a value goes. Only a flat array has elements, and only a message is one. */
static hs_reply *place_of(const redisReadTask *task)
{
    hs_reader *reader = task->privdata;
    return task->parent == NULL ? reader->target : reader->target + task->idx;
}

/* hiredis does not look at the two bytes after a bulk string. */
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

/* More of an error, for people; without memory for it, its first words must do. */
static void keep_error(hs_reply *reply, const char *text, size_t length)
{
    const size_t most = 256;
    reply->length = length < most ? length : most;
    reply->text = hs_memory_copy_text(text, reply->length);
    if (reply->text == NULL)
        reply->length = 0;
}

/* NULL, which ends the connection, for what we never ask for. */
static void *create_string(const redisReadTask *task, char *text, size_t length)
{
    hs_reader *reader = task->privdata;
    hs_reply *reply = place_of(task);
    if (!ends_line(text, length))
        return NULL;
    switch (task->type) {
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        if (memchr(text, '\0', length) != NULL)
            return NULL;
        keep_word(reply, text, length);
        reply->kind = task->type == REDIS_REPLY_ERROR ? HS_REPLY_ERROR : HS_REPLY_STATUS;
        if (reply->kind == HS_REPLY_ERROR)
            keep_error(reply, text, length);
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
    hs_reply *reply = place_of(task);
    if (task->type != REDIS_REPLY_INTEGER)
        return NULL;
    reply->integer = value;
    reply->kind = HS_REPLY_INTEGER;
    return reply;
}

static void *create_nil(const redisReadTask *task)
{
    hs_reply *reply = place_of(task);
    /* Only "$-1": a nil of any other kind answers nothing of ours. */
    if (task->type != REDIS_REPLY_STRING)
        return NULL;
    reply->kind = HS_REPLY_NIL;
    return reply;
}

static void *refuse_array(const redisReadTask *task, size_t length)
{
    (void)task;
    (void)length;
    return NULL;
}

/* The parser refuses more elements than there are parts. */
static void *begin_array(const redisReadTask *task, size_t length)
{
    hs_reader *reader = task->privdata;
    if (task->parent != NULL || task->type != REDIS_REPLY_ARRAY || length == 0)
        return NULL;
    reader->parts = length;
    return reader->target;
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
    (void)object; /* the reply belongs to the call that waits for it */
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

static redisReplyObjectFunctions message_functions = {
    .createString = create_string,
    .createArray = begin_array,
    .createInteger = create_integer,
    .createDouble = refuse_double,
    .createNil = create_nil,
    .createBool = refuse_bool,
    .freeObject = keep_object,
};

/* ---- The reader ---- */

static int init(hs_reader *reader, redisReplyObjectFunctions *objects, long long elements)
{
    *reader = (hs_reader){0};
    reader->parser = redisReaderCreateWithFunctions(objects);
    if (reader->parser == NULL)
        return SESSION_NO_MEMORY;
    reader->parser->privdata = reader;
    reader->parser->maxbuf = 0; /* keep the buffer: one reply after another */
    reader->parser->maxelements = elements;
    return SESSION_OK;
}

int hs_reader_init(hs_reader *reader)
{
    return init(reader, &functions, 1);
}

int hs_reader_init_messages(hs_reader *reader)
{
    return init(reader, &message_functions, HS_MESSAGE_PARTS);
}

static void wipe(hs_reader *reader)
{
    if (reader->parser->buf != NULL) /* a protocol error frees it */
        hs_memory_wipe(reader->parser->buf, reader->used);
    reader->used = 0;
}

void hs_reader_free(hs_reader *reader)
{
    if (reader->parser == NULL)
        return;
    wipe(reader);
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

int hs_reader_next_message(hs_reader *reader, hs_message *out)
{
    void *object = NULL;
    reader->target = out->parts;
    if (redisReaderGetReply(reader->parser, &object) != REDIS_OK)
        return reader->no_memory ? SESSION_NO_MEMORY : SESSION_PROTOCOL;
    if (object == NULL)
        return SESSION_OK;
    out->complete = true;
    out->count = reader->parts > 0 ? reader->parts : 1;
    reader->parts = 0;
    return SESSION_OK;
}

void hs_message_free(hs_message *message)
{
    for (int i = 0; i < HS_MESSAGE_PARTS; i++)
        hs_reply_free(&message->parts[i]);
    *message = (hs_message){0};
}

size_t hs_reader_pending(const hs_reader *reader)
{
    return reader->parser->len - reader->parser->pos;
}

/* Takes another parser in place of one with a large buffer; without memory for it the
 * old one stays. */
static void shrink(hs_reader *reader)
{
    redisReader *old = reader->parser;
    redisReader *small = redisReaderCreateWithFunctions(old->fn);
    if (small == NULL)
        return;
    small->privdata = reader;
    small->maxbuf = old->maxbuf;
    small->maxelements = old->maxelements;
    redisReaderFree(old);
    reader->parser = small;
}

void hs_reader_wipe(hs_reader *reader)
{
    const size_t usual = 128 * 1024;
    bool is_large = reader->used > usual;
    wipe(reader);
    if (is_large && reader->parser->err == 0)
        shrink(reader);
}
