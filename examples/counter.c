/*
 * Several processes update one session at once, and nothing is lost. Each has a
 * field of its own, and saves of different fields are merged. All of them count in
 * one shared field; for that they save strictly, which is CONFLICT when another save
 * came first, and count again.
 */
#include <hisession/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, ROUNDS = 50 };

static void check(int code, const char *what)
{
    if (code == SESSION_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, session_error_text(code));
    exit(EXIT_FAILURE);
}

static session_store *open_store(void)
{
    session_store *store;
    const char *url = getenv("REDIS_URL");
    check(session_store_open(url != NULL ? url : "redis://127.0.0.1:6379", NULL, &store,
                             NULL, 0),
          "open");
    return store;
}

/* Counts in the shared field, again and again until no other save came first. */
static void count_shared(session *s)
{
    int code;
    do {
        int64_t value;
        check(session_reload(s), "reload");
        check(session_get_int(s, "shared", &value), "read");
        check(session_set_int(s, "shared", value + 1), "count");
        code = session_save_strict(s);
    } while (code == SESSION_CONFLICT);
    check(code, "save the counter");
}

static void work(const char *id, int process)
{
    session_store *store = open_store();
    session *own, *shared;
    char field[32];
    snprintf(field, sizeof field, "process%d", process);
    check(session_get(store, id, &own), "get");
    check(session_get(store, id, &shared), "get");
    for (int i = 1; i <= ROUNDS; i++) {
        check(session_set_int(own, field, i), "set");
        check(session_save(own), "save");
        count_shared(shared);
    }
    session_free(own);
    session_free(shared);
    session_store_close(store);
    exit(EXIT_SUCCESS);
}

/* Ada's session, with the counter at 0. */
static session *log_in(session_store *store)
{
    session *s;
    check(session_new(store, &s), "log in");
    check(session_set_user(s, "ada"), "log in");
    check(session_set_int(s, "shared", 0), "log in");
    check(session_regenerate(s), "log in");
    return s;
}

int main(void)
{
    int64_t shared, lost = 0;
    session_store *store = open_store();
    session *s = log_in(store);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            work(session_id(s), i);
    for (int i = 0, status; i < PROCESSES; i++)
        if (wait(&status) < 0 || status != 0)
            lost++;
    check(session_reload(s), "reload");
    check(session_get_int(s, "shared", &shared), "read");
    printf("%s\n%d processes counted to %d each: %lld, expected %d\n", session_json(s),
           PROCESSES, ROUNDS, (long long)shared, PROCESSES * ROUNDS);
    lost += PROCESSES * ROUNDS - shared;
    check(session_destroy_user(store, "ada", NULL, NULL), "log out everywhere");
    session_free(s);
    session_store_close(store);
    return lost == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
