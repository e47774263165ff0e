#include "threads.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- What a check found ---- */

bool check(worker *self, bool passed, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    if (passed || self->failure[0] != '\0')
        return passed;
    int length = snprintf(self->failure, sizeof self->failure, "%s:%d: worker %d: ", file,
                          line, self->number);
    if (length < 0 || (size_t)length >= sizeof self->failure)
        return false;
    va_start(arguments, format);
    vsnprintf(self->failure + length, sizeof self->failure - (size_t)length, format,
              arguments);
    va_end(arguments);
    return false;
}

/* ---- Checks of cmocka in the wrong place ---- */

static pid_t test_process;

__attribute__((constructor)) static void remember_process(void)
{
    test_process = getpid();
}

/* The main thread, of which the kernel's thread id is the process id, runs the tests. */
static bool runs_tests(void)
{
    return getpid() == test_process && gettid() == test_process;
}

/*
 * Takes the place of cmocka's own function, which every check of cmocka calls when
 * it fails, and calls that one where it may jump.
 */
void _fail(const char *const file, const int line)
{
    void (*original)(const char *const, const int) = NULL;
    *(void **)&original = dlsym(RTLD_NEXT, "_fail");
    if (runs_tests() && original != NULL)
        original(file, line);
    fprintf(stderr,
            "%s:%d: a check of cmocka failed in a thread or process that does not run "
            "the test: use those of threads.h there\n",
            file, line);
    abort();
}

/* ---- Teams ---- */

typedef struct {
    worker self;
    void (*work)(worker *);
    pthread_t thread;
    pid_t process; /* 0 in a team of threads */
} member;

struct team {
    int count;
    member members[];
};

void *shared_memory(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static size_t size_of(int count)
{
    return sizeof(team) + (size_t)count * sizeof(member);
}

static team *new_team(int count, void (*work)(worker *), void *context)
{
    team *new = shared_memory(size_of(count));
    new->count = count;
    for (int i = 0; i < count; i++) {
        new->members[i].self = (worker){.number = i, .context = context};
        new->members[i].work = work;
    }
    return new;
}

static void *run_member(void *argument)
{
    member *m = argument;
    m->work(&m->self);
    return NULL;
}

team *start_threads(int count, void (*work)(worker *), void *context)
{
    team *started = new_team(count, work, context);
    for (int i = 0; i < count; i++) {
        member *m = &started->members[i];
        assert_int_equal(pthread_create(&m->thread, NULL, run_member, m), 0);
    }
    return started;
}

team *start_processes(int count, void (*work)(worker *), void *context)
{
    team *started = new_team(count, work, context);
    for (int i = 0; i < count; i++) {
        member *m = &started->members[i];
        pid_t process = fork();
        if (process == 0) {
            work(&m->self);
            _exit(0);
        }
        assert_true(process > 0);
        m->process = process;
    }
    return started;
}

static void wait_for(member *m)
{
    int status = 0;
    if (m->process == 0) {
        pthread_join(m->thread, NULL);
        return;
    }
    pid_t ended = waitpid(m->process, &status, 0);
    check(&m->self, ended == m->process && status == 0, __FILE__, __LINE__,
          "the process ended with status %#x", (unsigned)status);
}

void finish(team *started)
{
    char failure[sizeof started->members[0].self.failure] = "";
    for (int i = 0; i < started->count; i++) {
        wait_for(&started->members[i]);
        if (failure[0] == '\0')
            strcpy(failure, started->members[i].self.failure);
    }
    munmap(started, size_of(started->count));
    if (failure[0] != '\0')
        fail_msg("%s", failure);
}

void run_threads(int count, void (*work)(worker *), void *context)
{
    finish(start_threads(count, work, context));
}

void run_processes(int count, void (*work)(worker *), void *context)
{
    finish(start_processes(count, work, context));
}
