#include "verbs.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "overlap.h"
#include "users.h"

/* ---- The verbs ---- */

static int create(scene *sc)
{
    session_free(sc->s);
    sc->s = NULL;
    return session_create(sc->far, "{\"n\":1}", &sc->s);
}

static int save(scene *sc)
{
    return session_save(sc->s);
}

static int regenerate(scene *sc)
{
    return session_regenerate(sc->s);
}

static int destroy(scene *sc)
{
    return session_destroy(sc->far, sc->id);
}

static int destroy_handle(scene *sc)
{
    return session_destroy_handle(sc->far, "ada", sc->handle);
}

static int destroy_user(scene *sc)
{
    return session_destroy_user(sc->far, "ada", sc->other, NULL);
}

static int touch(scene *sc)
{
    return session_touch(sc->far, sc->id);
}

static int get(scene *sc)
{
    session_free(sc->s);
    sc->s = NULL;
    return session_get(sc->far, sc->id, &sc->s);
}

static int list_user(scene *sc)
{
    session_list_free(sc->list);
    sc->list = NULL;
    int rc = session_list_user(sc->far, "ada", &sc->list);
    return rc == SESSION_OK && session_list_count(sc->list) != 2 ? SESSION_NOT_FOUND : rc;
}

const verb verbs[] = {
    {"create", VERB_WRITES, NULL, "", create},
    {"login", VERB_WRITES, NULL, "ada", save},
    {"save", VERB_WRITES, "ada", "ada", save},
    {"save of a visitor's", VERB_WRITES, "", "", save},
    {"login by save", VERB_MOVES, "", "ada", save},
    {"logout by save", VERB_MOVES, "ada", "", save},
    {"regenerate", VERB_MOVES, "ada", "ada", regenerate},
    {"regenerate of a visitor's", VERB_MOVES, "", "", regenerate},
    {"login by regenerate", VERB_MOVES, "", "ada", regenerate},
    {"change of users by regenerate", VERB_MOVES, "bob", "ada", regenerate},
    {"destroy", VERB_ENDS, "ada", NULL, destroy},
    {"destroy of a visitor's", VERB_ENDS, "", NULL, destroy},
    {"destroy_handle", VERB_ENDS, "ada", NULL, destroy_handle},
    {"destroy_user", VERB_ENDS, "ada", NULL, destroy_user},
    {"touch", VERB_READS, "ada", "ada", touch},
    {"get", VERB_READS, "ada", "ada", get},
    {"list", VERB_READS, "ada", "ada", list_user},
};
const int verb_count = sizeof verbs / sizeof verbs[0];

bool verb_is_login(const verb *v)
{
    return v->after != NULL && strcmp(v->after, "ada") == 0 &&
           (v->before == NULL || strcmp(v->before, "ada") != 0);
}

/* ---- What they work on ---- */

static void log_in_as(const char *user, verb_id id)
{
    session *s = log_in(store, user);
    strcpy(id, session_id(s));
    session_free(s);
    next_millisecond();
}

/* The verb's store may have little time, which is not what this is about. */
static void store_session(scene *sc, const char *user)
{
    int rc;
    session *s = NULL;
    expect_ok(session_new(store, &s));
    expect_ok(session_set_user(s, user));
    expect_ok(session_set_int(s, "before", 1));
    expect_ok(session_save(s));
    strcpy(sc->id, session_id(s));
    strcpy(sc->handle, session_handle(s));
    session_free(s);
    do
        rc = session_get(sc->far, sc->id, &sc->s);
    while (session_error_category(rc) == SESSION_CATEGORY_SERVER);
    expect_ok(rc);
}

void scene_begin(scene *sc, const verb *v)
{
    free(SERVER_RUN(&redis, "FLUSHALL"));
    if (sc->has_limit && verb_is_login(v))
        log_in_as("ada", sc->oldest);
    log_in_as("ada", sc->other);
    log_in_as("bob", sc->bobs);
    if (v->before != NULL)
        store_session(sc, v->before);
    else
        expect_ok(session_new(sc->far, &sc->s));
    next_millisecond();
    if (v->kind == VERB_WRITES || v->kind == VERB_MOVES) {
        expect_ok(session_set_user(sc->s, v->after));
        expect_ok(session_set_int(sc->s, "n", 1));
    }
}

void scene_end(scene *sc)
{
    session_free(sc->s);
    session_list_free(sc->list);
}

/* ---- What must hold ---- */

/* The session with this id, as the server has it now; NULL if it is over. */
static session *now(const char *id)
{
    session *s = NULL;
    return session_get(store, id, &s) == SESSION_OK ? s : NULL;
}

static bool is_users(session *s, const char *user)
{
    const char *found = session_user(s);
    return strcmp(found != NULL ? found : "", user) == 0;
}

static const char *is_live(const char *id, const char *user, bool has_change)
{
    session *s = now(id);
    const char *wrong = NULL;
    if (s == NULL)
        return "the session is lost";
    if (!is_users(s, user))
        wrong = "it is somebody else's";
    else if (session_has(s, "n") != has_change)
        wrong = has_change ? "the change is lost" : "a change was applied";
    else if (user[0] != '\0' && listed_as(user, session_handle(s)) != 1)
        wrong = "it is not listed";
    session_free(s);
    return wrong;
}

/* How many sessions ada has, with the one that has this user. */
static size_t adas(const char *user)
{
    return user != NULL && strcmp(user, "ada") == 0 ? 2 : 1;
}

static const char *lists_are_right(const verb *v, size_t expected, bool was_in_doubt)
{
    bool is_bobs = v->before != NULL && strcmp(v->before, "bob") == 0;
    size_t found = listed("ada"), bobs = listed("bob");
    if (found < expected || bobs < 1)
        return "a list misses a session";
    if (!was_in_doubt && found > expected)
        return "ada's list has too many";
    return bobs > (is_bobs ? 2 : 1) ? "bob's list has too many" : NULL;
}

/* Then nobody may read under the old id. */
static bool user_leaves(const verb *v)
{
    return v->before[0] != '\0' && strcmp(v->before, v->after) != 0;
}

const char *scene_keeps_others(const scene *sc, const verb *v)
{
    if (!lives(sc->other) || !lives(sc->bobs))
        return "somebody else's session is over";
    if (sc->oldest[0] != '\0' && !lives(sc->oldest) && listed("ada") < 2)
        return "a login that was none ended a session";
    bool is_readable = v->kind == VERB_READS || v->kind == VERB_WRITES ||
                       (v->kind == VERB_MOVES && sc->has_grace && !user_leaves(v));
    return sc->id[0] != '\0' && is_readable && !lives(sc->id) ? "the session is lost"
                                                              : NULL;
}

const char *scene_is_done(const scene *sc, const verb *v, bool was_in_doubt)
{
    const char *wrong = scene_keeps_others(sc, v);
    if (wrong == NULL && v->kind == VERB_ENDS && lives(sc->id))
        wrong = "the session lives on";
    if (wrong == NULL && (v->kind == VERB_WRITES || v->kind == VERB_MOVES))
        wrong = is_live(session_id(sc->s), v->after, true);
    if (wrong == NULL && v->kind == VERB_READS)
        wrong = is_live(sc->id, v->after, false);
    if (wrong == NULL && sc->oldest[0] != '\0' && !was_in_doubt && lives(sc->oldest))
        wrong = "the limit does not hold";
    return wrong != NULL ? wrong : lists_are_right(v, adas(v->after), was_in_doubt);
}

const char *scene_is_untouched(const scene *sc, const verb *v)
{
    const char *wrong = scene_keeps_others(sc, v);
    size_t expected = adas(v->before) + (sc->oldest[0] != '\0' ? 1 : 0);
    if (wrong == NULL && sc->oldest[0] != '\0' && !lives(sc->oldest))
        wrong = "a login that failed ended a session";
    if (wrong == NULL && v->before != NULL)
        wrong = is_live(sc->id, v->before, false);
    return wrong != NULL ? wrong : lists_are_right(v, expected, false);
}
