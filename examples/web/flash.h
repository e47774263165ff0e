/*
 * A word about what was done, for the page that comes next. It is kept in the
 * session, because in an address anybody could write it.
 */
#ifndef WEB_FLASH_H
#define WEB_FLASH_H

#include "request.h"

enum flash { FLASH_NONE, FLASH_NOTE, FLASH_COUNT_UP, FLASH_DEVICE, FLASH_OTHERS };

/* Keeps the word, in place of the last one; the session's next save stores it. */
int flash_set(session *s, enum flash flash);

/*
 * The word that was kept, once: the next page has none. To keep on showing it
 * after trouble is the lesser evil, so failures to store that are ignored.
 */
enum flash flash_take(struct request *r);

#endif
