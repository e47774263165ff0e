/*
 * Messages for the operator, one line each. No caller passes a session's id, a key,
 * a field's value, a user's name or a password.
 */
#ifndef HISESSION_BASE_LOG_H
#define HISESSION_BASE_LOG_H

typedef struct {
    void (*write)(int level, const char *text, void *user);
    void *user;
} hs_log;

/*
 * Formats a line, cut to fit and with "?" for what is not printable ASCII, and hands
 * it to the program, if it wants any. Never called with a lock held, because the
 * program may take as long as it likes.
 */
__attribute__((format(printf, 3, 4))) void hs_log_write(const hs_log *log, int level,
                                                        const char *format, ...);

#endif
