/* Shows what Redis itself holds for a session: the record and its time to live. */
#ifndef SHOW_REDIS_H
#define SHOW_REDIS_H

void show_redis(const char *url, const char *id);

#endif
