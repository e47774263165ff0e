#include "flash.h"

#include <string.h>

int flash_set(session *s, enum flash flash)
{
    return session_set_int(s, "flash", flash);
}

enum flash flash_take(struct request *r)
{
    int64_t flash = FLASH_NONE;
    bool get = strcmp(r->method, MHD_HTTP_METHOD_GET) == 0; /* HEAD shows nothing */
    if (!get || session_get_int(r->session, "flash", &flash) != SESSION_OK)
        return FLASH_NONE;
    if (session_remove(r->session, "flash") == SESSION_OK)
        session_save(r->session);
    return (enum flash)flash;
}
