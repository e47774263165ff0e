#include "redis/refusal.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { WORDS_LENGTH = 120, LONGEST_WORD = 24, LONGEST_NAME = 24 };

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* ---- A missing right ---- */

/* Redis 7.0 and Valkey each have words of their own for one that a script needs. */
static bool is_of_rights(const char *text)
{
    return begins_with(text, "NOPERM ") || begins_with(text, "ERR ACL failure") ||
           begins_with(text, "ERR The user executing the script");
}

/* The X of "the 'X' command", in upper case as the manual of Redis has it. */
static bool find_command(const char *text, char name[LONGEST_NAME + 1])
{
    size_t length = 0;
    const char *start = strstr(text, "the '");
    if (start == NULL)
        return false;
    start += strlen("the '");
    while (length < LONGEST_NAME &&
           (isalpha((unsigned char)start[length]) || start[length] == '|')) {
        name[length] = (char)toupper((unsigned char)start[length]);
        length++;
    }
    name[length] = '\0';
    return length > 0 && begins_with(start + length, "' command");
}

/* In words of our own, because the server's name the user. */
static void describe_rights(const char *text, char out[HS_REFUSAL_SIZE])
{
    char name[LONGEST_NAME + 1];
    if (find_command(text, name))
        snprintf(out, HS_REFUSAL_SIZE, "NOPERM: the user may not run %s", name);
    else if (strstr(text, "can't run this command") != NULL)
        snprintf(out, HS_REFUSAL_SIZE, "NOPERM: the user may not run all its commands");
    else if (strstr(text, "key") != NULL)
        snprintf(out, HS_REFUSAL_SIZE,
                 "NOPERM: the user may not use keys of this prefix");
    else if (strstr(text, "channel") != NULL)
        snprintf(out, HS_REFUSAL_SIZE, "NOPERM: the user may not use this channel");
    else
        snprintf(out, HS_REFUSAL_SIZE, "NOPERM: the user lacks a right for it");
}

/* ---- The server's words ---- */

/*
 * Whether a word is one of a language: ids, keys, numbers and addresses are not. A
 * colon may end it, but what follows that is left out.
 */
static bool is_plain(hs_slice word)
{
    if (word.length > LONGEST_WORD)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.start[i];
        bool is_last_colon = c == ':' && i + 1 == word.length;
        if (!isalpha((unsigned char)c) && strchr("'\"-_.,;!?()<>/", c) == NULL &&
            !is_last_colon)
            return false;
    }
    return true;
}

static bool ends_in_colon(hs_slice word)
{
    return word.length > 0 && word.start[word.length - 1] == ':';
}

static void copy_words(const char *text, char out[HS_REFUSAL_SIZE])
{
    size_t length = 0;
    const char *script = strstr(text, " script: "); /* its hash follows */
    hs_slice rest = {text, script != NULL ? (size_t)(script - text) : strlen(text)};
    hs_slice word = {text, 0};
    out[0] = '\0';
    while (rest.length > 0 && !ends_in_colon(word)) {
        word = hs_slice_take(&rest, ' ');
        if (!is_plain(word) || length + 1 + word.length > WORDS_LENGTH) {
            snprintf(out + length, HS_REFUSAL_SIZE - length, " ...");
            return;
        }
        length += (size_t)snprintf(out + length, HS_REFUSAL_SIZE - length, "%s%.*s",
                                   length > 0 ? " " : "", (int)word.length, word.start);
    }
}

void hs_refusal_describe(const hs_reply *error, char out[HS_REFUSAL_SIZE])
{
    const char *text = error->text != NULL ? error->text : error->word;
    if (is_of_rights(text))
        describe_rights(text, out);
    else if (begins_with(text, "MOVED ") || begins_with(text, "ASK ") ||
             begins_with(text, "CROSSSLOT "))
        snprintf(out, HS_REFUSAL_SIZE, "%.*s: this is a node of a Redis Cluster",
                 (int)strcspn(text, " "), text);
    else
        copy_words(text, out);
    if (out[0] == '\0')
        snprintf(out, HS_REFUSAL_SIZE, "an error without words");
}
