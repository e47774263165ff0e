/* Messages for the operator. Callers pass constants only: no input, no secret. */
#ifndef HISESSION_BASE_LOG_H
#define HISESSION_BASE_LOG_H

typedef struct {
    void (*write)(int level, const char *text, void *user);
    void *user;
} hs_log;

void hs_log_write(const hs_log *log, int level, const char *text);

#endif
