/*
 * How the verbs compare with bare hiredis that sends the same commands to the
 * same server over the same kind of connection: ratios of rates, the median of
 * rounds in which both sides take turns. "busy" is beside two processes that take
 * all the time they get.
 *
 *   bench [ROUNDS [CALLS]]
 */
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"
#include "redis/scripts.h"
#include "server.h"

enum { MOST_THREADS = 64, MOST_ROUNDS = 101 };

static const char fields[] =
    "{\"user\":\"ada\",\"name\":\"Ada Lovelace\",\"roles\":[\"admin\",\"ops\"],"
    "\"cart\":{\"items\":3,\"total\":12.5},\"csrf\":\"abcdefghijklmnopqrstuvwxyz\"}";

static server redis;
static session_store *store;
static long calls_per_thread;

/* ---- Allocations, counted while `counting` ---- */

static atomic_bool counting;
static atomic_long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static void count_allocation(void)
{
    if (atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_add(&allocations, 1);
}

void *__wrap_malloc(size_t size)
{
    count_allocation();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    count_allocation();
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    count_allocation();
    return __real_realloc(block, size);
}

/* ---- What one thread works on ---- */

typedef struct {
    redisContext *redis;
    session *s;
    char **ids; /* one a call, for destroy */
    char key[80];
    char *record;
    long turn;
} worker;

static worker workers[MOST_THREADS];

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static void bare(worker *w, int count, const char **words, const size_t *lengths)
{
    redisReply *reply = redisCommandArgv(w->redis, count, words, lengths);
    must(reply != NULL && reply->type != REDIS_REPLY_ERROR, words[0]);
    freeReplyObject(reply);
}

/* ---- The pairs: a verb, and the same in bare hiredis ---- */

static void get_ours(worker *w, long i)
{
    session *s = NULL;
    (void)i;
    must(session_get(store, session_id(w->s), &s) == SESSION_OK, "get");
    session_free(s);
}

static void get_bare(worker *w, long i)
{
    const char *words[] = {"GET", w->key};
    const size_t lengths[] = {3, strlen(w->key)};
    (void)i;
    bare(w, 2, words, lengths);
}

static void touch_ours(worker *w, long i)
{
    (void)i;
    must(session_touch(store, session_id(w->s)) == SESSION_OK, "touch");
}

static void bare_pair(worker *w, const char *first, const char *second, const char *key)
{
    const char *words[2][2] = {{first, key}, {second, key}};
    for (int n = 0; n < 2; n++)
        redisAppendCommandArgv(w->redis, 2, words[n], NULL);
    for (int n = 0; n < 2; n++) {
        void *reply = NULL;
        must(redisGetReply(w->redis, &reply) == REDIS_OK, second);
        freeReplyObject(reply);
    }
}

static void touch_bare(worker *w, long i)
{
    (void)i;
    bare_pair(w, "GET", "PTTL", w->key);
}

static void create_ours(worker *w, long i)
{
    session *s = NULL;
    (void)w;
    (void)i;
    must(session_create(store, fields, &s) == SESSION_OK, "create");
    session_free(s);
}

static void create_bare(worker *w, long i)
{
    char key[96];
    snprintf(key, sizeof key, "sess:%p-%ld-%ld-0123456789012345678901234", (void *)w,
             w->turn, i);
    const char *words[] = {"SET", key, w->record, "NX", "PX", "86400000"};
    bare(w, 6, words, NULL);
}

static void save_ours(worker *w, long i)
{
    must(session_set_int(w->s, "n", i) == SESSION_OK, "set");
    must(session_save(w->s) == SESSION_OK, "save");
}

/* The script that a save sends, and its words. */
static void save_bare(worker *w, long i)
{
    static _Thread_local bool loaded;
    if (!loaded) {
        redisReply *reply =
            redisCommand(w->redis, "SCRIPT LOAD %s", hs_script_replace.text);
        must(reply != NULL && reply->type == REDIS_REPLY_STRING, "SCRIPT LOAD");
        freeReplyObject(reply);
        loaded = true;
    }
    char key[96];
    snprintf(key, sizeof key, "bare:%p-0123456789012345678901234567", (void *)w);
    const char *set[] = {"SET", key, w->record};
    if (i == 0)
        bare(w, 3, set, NULL);
    const char *words[] = {
        "EVALSHA", hs_script_replace.hash, "1", key, w->record, w->record, "86400000"};
    bare(w, 7, words, NULL);
}

static void destroy_ours(worker *w, long i)
{
    must(session_destroy(store, w->ids[i]) == SESSION_OK, "destroy");
}

static void destroy_bare(worker *w, long i)
{
    char key[96];
    snprintf(key, sizeof key, "sess:%s", w->ids[i]);
    bare_pair(w, "GET", "UNLINK", key);
}

static const struct {
    const char *name;
    void (*ours)(worker *, long);
    void (*bare)(worker *, long);
    bool uses_up_ids;
} pairs[] = {
    {"get", get_ours, get_bare, false},
    {"create", create_ours, create_bare, false},
    {"touch", touch_ours, touch_bare, false},
    {"save", save_ours, save_bare, false},
    {"destroy", destroy_ours, destroy_bare, true},
};

/* ---- Measuring ---- */

static void (*current)(worker *, long);
static pthread_barrier_t gate;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *work(void *argument)
{
    worker *w = argument;
    pthread_barrier_wait(&gate);
    for (long i = 0; i < calls_per_thread; i++)
        current(w, i);
    return NULL;
}

/* Calls a second. */
static double rate(void (*call)(worker *, long), int threads)
{
    pthread_t handles[MOST_THREADS];
    current = call;
    pthread_barrier_init(&gate, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) {
        workers[i].turn++;
        must(pthread_create(&handles[i], NULL, work, &workers[i]) == 0, "thread");
    }
    pthread_barrier_wait(&gate);
    double start = now();
    for (int i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
    double end = now();
    pthread_barrier_destroy(&gate);
    return (double)calls_per_thread * threads / (end - start);
}

static void make_ids(int threads)
{
    for (int t = 0; t < threads; t++)
        for (long i = 0; i < calls_per_thread; i++) {
            free(workers[t].ids[i]);
            workers[t].ids[i] = create_id(store, fields);
        }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void measure(size_t pair, const char *name, int threads, int rounds)
{
    double ratios[MOST_ROUNDS], ours[MOST_ROUNDS], theirs[MOST_ROUNDS];
    for (int i = 0; i < rounds; i++) {
        if (pairs[pair].uses_up_ids)
            make_ids(threads);
        theirs[i] = rate(pairs[pair].bare, threads);
        if (pairs[pair].uses_up_ids)
            make_ids(threads);
        atomic_store(&allocations, 0);
        atomic_store(&counting, true);
        ours[i] = rate(pairs[pair].ours, threads);
        atomic_store(&counting, false);
        ratios[i] = ours[i] / theirs[i];
    }
    double each =
        (double)atomic_load(&allocations) / (double)(calls_per_thread * threads);
    qsort(ratios, (size_t)rounds, sizeof *ratios, compare);
    qsort(ours, (size_t)rounds, sizeof *ours, compare);
    qsort(theirs, (size_t)rounds, sizeof *theirs, compare);
    printf("%-9s %7d %10.0f %10.0f %7.2f %7.2f %7.2f %9.1f\n", name, threads,
           theirs[rounds / 2], ours[rounds / 2], ratios[rounds / 2], ratios[0],
           ratios[rounds - 1], each);
    fflush(stdout);
}

/* ---- Beside other work ---- */

/* A process that takes all the time that it is given, until its parent ends. */
static pid_t start_busy_loop(void)
{
    pid_t process = fork();
    must(process >= 0, "fork");
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile unsigned turn = 0;; turn = turn + 1)
            ;
    }
    return process;
}

/* The first pair, which is the get, beside so many other processes. */
static void measure_beside_busy_loops(int threads, int rounds)
{
    enum { LOOPS = 2 };
    pid_t loops[LOOPS];
    for (int i = 0; i < LOOPS; i++)
        loops[i] = start_busy_loop();
    measure(0, "get, busy", threads, rounds);
    for (int i = 0; i < LOOPS; i++) {
        kill(loops[i], SIGKILL);
        waitpid(loops[i], NULL, 0);
    }
}

static void prepare(worker *w)
{
    w->redis = redisConnectUnix(redis.socket);
    must(w->redis != NULL && w->redis->err == 0, "connect");
    must(session_create(store, fields, &w->s) == SESSION_OK, "create");
    snprintf(w->key, sizeof w->key, "sess:%s", session_id(w->s));
    w->record = SERVER_RUN(&redis, "GET", w->key);
    w->ids = calloc((size_t)calls_per_thread, sizeof *w->ids);
}

static void dismiss(worker *w, long ids)
{
    for (long i = 0; i < ids; i++)
        free(w->ids[i]);
    free(w->ids);
    free(w->record);
    session_free(w->s);
    redisFree(w->redis);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 11;
    long calls = argc > 2 ? strtol(argv[2], NULL, 10) : 20000;
    must(rounds > 0 && rounds <= MOST_ROUNDS && calls >= MOST_THREADS, "usage");
    server_start(&redis, NULL);
    store = open_store(redis.url, "deadline=10s");
    printf("%-9s %7s %10s %10s %7s %7s %7s %9s\n", "verb", "threads", "bare/s", "ours/s",
           "ratio", "least", "most", "allocs");
    for (int threads = 1; threads <= MOST_THREADS; threads *= MOST_THREADS) {
        calls_per_thread = calls / threads;
        for (int i = 0; i < threads; i++)
            prepare(&workers[i]);
        for (size_t pair = 0; pair < sizeof pairs / sizeof pairs[0]; pair++)
            measure(pair, pairs[pair].name, threads, rounds);
        measure_beside_busy_loops(threads, rounds);
        for (int i = 0; i < threads; i++)
            dismiss(&workers[i], calls_per_thread);
    }
    session_store_close(store);
    server_stop(&redis);
    return EXIT_SUCCESS;
}
