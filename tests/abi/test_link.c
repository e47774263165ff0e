/* Links with every public function, and calls one. */
#include <hisession/cookie.h>
#include <hisession/events.h>
#include <hisession/session.h>
#include <stdio.h>
#include <string.h>

#define SYMBOL(name) (void (*)(void)) name,
static void (*const functions[])(void) = {
#include "symbols.inc"
};

int main(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (functions[i] == NULL) {
            printf("function %zu is not there\n", i);
            return 1;
        }
    }
    return strcmp(session_error_name(SESSION_OK), "OK") != 0;
}
