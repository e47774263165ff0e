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
 * Counts one attempt on `what`, such as "account ada". Returns 0 if it may go on,
 * else the seconds to wait; then it is not counted. After `allowed` attempts there
 * is a wait of ten seconds before the next, and a longer one after each further
 * attempt, up to a minute. A while without attempts and all is forgotten.
 */
int limiter_take(struct limiter *limiter, const char *what, int allowed);

/* The last attempt was a good one and does not count. */
void limiter_give_back(struct limiter *limiter, const char *what);

/* Nor do those before it. */
void limiter_forget(struct limiter *limiter, const char *what);

#endif
