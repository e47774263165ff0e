#include "base/process.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* The number on a page that the kernel hands to a child full of zeros. */
static _Atomic(atomic_ulong *) mark;

/* In the mark's place where there is no such page; then the pid must do. */
static atomic_ulong no_page;

/* The last number that was given out, here or in a parent. */
static atomic_ulong last;

static atomic_ulong *map_page(void)
{
#ifdef MADV_WIPEONFORK
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return &no_page;
    if (madvise(page, size, MADV_WIPEONFORK) == 0)
        return page;
    munmap(page, size);
#endif
    return &no_page;
}

static void unmap_page(atomic_ulong *page)
{
    if (page != &no_page)
        munmap(page, (size_t)sysconf(_SC_PAGESIZE));
}

/* The mark of all threads, of which one makes it. */
static atomic_ulong *find_mark(void)
{
    atomic_ulong *found = atomic_load_explicit(&mark, memory_order_acquire);
    if (found != NULL)
        return found;
    atomic_ulong *own = map_page();
    if (atomic_compare_exchange_strong(&mark, &found, own))
        return own;
    unmap_page(own);
    return found;
}

/* Numbers a process that has no number yet. A fork at any moment leaves the child with a
 * `last` that is at least its parent's number. */
static unsigned long number_process(atomic_ulong *place)
{
    unsigned long none = 0, next = atomic_fetch_add(&last, 1) + 1;
    return atomic_compare_exchange_strong(place, &none, next) ? next : none;
}

unsigned long hs_process_number(void)
{
    atomic_ulong *place = find_mark();
    if (place == &no_page)
        return (unsigned long)getpid();
    unsigned long number = atomic_load_explicit(place, memory_order_relaxed);
    return number != 0 ? number : number_process(place);
}

/* ---- What a child makes its own ---- */

void hs_process_begin(hs_ownership *ownership)
{
    atomic_init(&ownership->owner, hs_process_number());
    atomic_init(&ownership->heir, hs_process_number());
}

void hs_process_take_over(hs_ownership *ownership, void (*forget)(void *context),
                          void *context)
{
    unsigned long self = hs_process_number();
    while (atomic_load_explicit(&ownership->owner, memory_order_acquire) != self) {
        unsigned long heir = atomic_load(&ownership->heir);
        /* A parent that was forked while it did so itself may be the heir: in the child
         * there is no such thread, so that it begins anew. */
        if (heir != self &&
            atomic_compare_exchange_strong(&ownership->heir, &heir, self)) {
            forget(context);
            atomic_store_explicit(&ownership->owner, self, memory_order_release);
            return;
        }
        sched_yield(); /* another thread of this process is at it */
    }
}
