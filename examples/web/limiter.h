/*
 * Counts login attempts, so that passwords cannot be guessed by the thousand.
 * The counts are in this process's memory: two servers count apart. Many
 * servers, or a restart that must not forget, need a counter they share.
 */
#ifndef WEB_LIMITER_H
#define WEB_LIMITER_H

struct limiter;

struct limiter *limiter_new(void);
void limiter_free(struct limiter *limiter);

/*
 * Counts one attempt on `what`, such as "account ada". Returns 0, or the
 * seconds to wait if there were `allowed` attempts within the last minute.
 */
int limiter_take(struct limiter *limiter, const char *what, int allowed);

/* The attempt was a good one and does not count. */
void limiter_give_back(struct limiter *limiter, const char *what);

#endif
