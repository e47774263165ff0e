#include "accounts.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *password;
} demo[] = {
    {"ada", "analytical-engine"},
    {"bob", "correct-horse-battery"},
};

enum { COUNT = sizeof demo / sizeof demo[0] };

/* Argon2id, OWASP's recommendation: 19 MiB, two passes. */
enum { OPERATIONS = 2, MEMORY = 19 * 1024 * 1024 };

struct accounts {
    pthread_mutex_t one_at_a_time; /* a flood of logins must not eat all memory */
    char hashes[COUNT][crypto_pwhash_STRBYTES];
    char nobodys_hash[crypto_pwhash_STRBYTES];
};

static int hash(char *out, const char *password)
{
    return crypto_pwhash_str(out, password, strlen(password), OPERATIONS, MEMORY);
}

static int hash_all(struct accounts *accounts)
{
    for (size_t i = 0; i < COUNT; i++)
        if (hash(accounts->hashes[i], demo[i].password) != 0)
            return -1;
    return hash(accounts->nobodys_hash, "");
}

struct accounts *accounts_new(void)
{
    struct accounts *accounts = calloc(1, sizeof *accounts);
    if (accounts == NULL)
        return NULL;
    pthread_mutex_init(&accounts->one_at_a_time, NULL);
    if (hash_all(accounts) != 0) {
        accounts_free(accounts);
        return NULL;
    }
    return accounts;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL)
        return;
    pthread_mutex_destroy(&accounts->one_at_a_time);
    free(accounts);
}

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < COUNT && strcmp(demo[i].name, name) != 0)
        i++;
    return i;
}

const char *accounts_check(struct accounts *accounts, const char *name,
                           const char *password)
{
    size_t i = find(name);
    const char *expected = i < COUNT ? accounts->hashes[i] : accounts->nobodys_hash;
    pthread_mutex_lock(&accounts->one_at_a_time);
    int wrong = crypto_pwhash_str_verify(expected, password, strlen(password));
    pthread_mutex_unlock(&accounts->one_at_a_time);
    return i < COUNT && wrong == 0 ? demo[i].name : NULL;
}

const char *accounts_demo_name(size_t index)
{
    return index < COUNT ? demo[index].name : NULL;
}

const char *accounts_demo_password(size_t index)
{
    return index < COUNT ? demo[index].password : NULL;
}
