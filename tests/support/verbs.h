/*
 * Each verb once, with what it is called on, and what must hold when it was OK and when
 * it was refused; for tests that disturb each of a verb's commands.
 */
#ifndef TEST_VERBS_H
#define TEST_VERBS_H

#include <stdbool.h>

#include "hisession/session.h"

typedef char verb_id[SESSION_ID_LENGTH + 1];

/* What a verb works on. ada has one other device, or two at a limit of two. */
typedef struct {
    session_store *far; /* the verb's own */
    bool has_limit;
    bool has_grace;
    session *s;
    session_list *list;
    verb_id id; /* of the session before; "" for none */
    char handle[SESSION_HANDLE_LENGTH + 1];
    verb_id oldest; /* ada's that has to go for a login; "" for none */
    verb_id other;  /* ada's, too */
    verb_id bobs;
} scene;

typedef enum { VERB_WRITES, VERB_MOVES, VERB_ENDS, VERB_READS } verb_kind;

typedef struct {
    const char *name;
    verb_kind kind;
    const char *before; /* the user of the stored session; "" for nobody, NULL for none */
    const char *after;  /* the user of what the verb leaves; NULL for none */
    int (*call)(scene *sc);
} verb;

extern const verb verbs[];
extern const int verb_count;

/* Whether it makes a session ada's that was not. */
bool verb_is_login(const verb *v);

/* On an empty server. The session is read by `far`, and changed. */
void scene_begin(scene *sc, const verb *v);
void scene_end(scene *sc);

/*
 * What is wrong after the verb was OK; NULL for nothing. Where it was in doubt before,
 * there may be a session that nobody has the id of.
 */
const char *scene_is_done(const scene *sc, const verb *v, bool was_in_doubt);

/* What is wrong after the verb was refused: it changed something. */
const char *scene_is_untouched(const scene *sc, const verb *v);

/* What is wrong however the verb came out: somebody else lost a session. */
const char *scene_keeps_others(const scene *sc, const verb *v);

#endif
