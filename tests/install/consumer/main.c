/* What a program outside this repository looks like. Also compiled as C++. */
#include <hisession/session.h>
#include <stdio.h>

int main(void)
{
    session_store *store = NULL;
    session *s = NULL;
    char error[128];
    int result =
        session_store_open("redis://127.0.0.1:6379", NULL, &store, error, sizeof error);
    if (result == SESSION_OK)
        result = session_new(store, &s);
    if (result == SESSION_OK)
        result = session_set_string(s, "user", "ada");
    if (result == SESSION_OK)
        printf("hisession %s %s\n", session_version(), session_json(s));
    session_free(s);
    session_store_close(store);
    return result != SESSION_OK;
}
