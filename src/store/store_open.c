/* Opening and closing a store. */
#include "base/memory.h"
#include "base/random.h"
#include "config/url.h"
#include "store/store.h"

static int open_store(session_options *options, const hs_endpoint *endpoint,
                      session_store **out)
{
    session_store *store = hs_memory_new(sizeof *store);
    if (store == NULL)
        return SESSION_NO_MEMORY;
    store->settings = options->settings;
    int rc = hs_client_init(&store->client, endpoint, &options->settings, options->log);
    if (rc != SESSION_OK) {
        hs_memory_free(store, sizeof *store);
        return rc;
    }
    store->magic = HS_MAGIC_STORE;
    atomic_init(&store->references, 1);
    store->ring = options->ring;
    options->ring = NULL;
    if (store->ring != NULL && !hs_ring_is_locked(store->ring))
        hs_log_write(&options->log, SESSION_LOG_WARNING,
                     "key: its memory could not be locked and may be swapped out; "
                     "RLIMIT_MEMLOCK is too low");
    *out = store;
    return SESSION_OK;
}

int session_store_open(const char *url, const session_options *options,
                       session_store **out, char *errbuf, size_t errbuf_size)
{
    session_options merged;
    hs_endpoint endpoint = {0};
    const hs_reason reason = {errbuf, errbuf_size};
    hs_refuse(&reason, SESSION_OK, "%s", "");
    if (url == NULL || out == NULL)
        return hs_refuse(&reason, SESSION_INVALID,
                         "a store needs a URL and a place to put it");
    if (options != NULL && !hs_magic_is(options, HS_MAGIC_OPTIONS))
        return hs_refuse(&reason, SESSION_INVALID, "these are no options, or were freed");
    int rc = SESSION_OK;
    hs_options_init(&merged);
    if (options != NULL)
        rc = hs_options_copy(&merged, options);
    merged.error[0] = '\0';
    if (rc == SESSION_OK)
        rc = hs_url_read(url, &merged, &endpoint);
    if (rc == SESSION_OK)
        rc = hs_options_finish(&merged);
    if (rc == SESSION_OK)
        rc = hs_random_init();
    if (rc == SESSION_OK)
        rc = open_store(&merged, &endpoint, out);
    if (rc != SESSION_OK)
        hs_refuse(&reason, rc, "%s",
                  merged.error[0] != '\0' ? merged.error : session_error_text(rc));
    hs_options_clear(&merged);
    hs_memory_wipe(&endpoint, sizeof endpoint);
    return rc;
}

/* ---- Its end ---- */

session_store *hs_store_retain(session_store *store)
{
    atomic_fetch_add_explicit(&store->references, 1, memory_order_relaxed);
    return store;
}

void hs_store_release(session_store *store)
{
    /* Acquire and release, so that the last one sees what the others did. */
    if (atomic_fetch_sub_explicit(&store->references, 1, memory_order_acq_rel) > 1)
        return;
    hs_client_destroy(&store->client);
    hs_ring_free(store->ring);
    hs_memory_free(store, sizeof *store);
}

void session_store_close(session_store *store)
{
    if (store == NULL)
        return;
    hs_magic_end(&store->magic, HS_MAGIC_STORE);
    hs_store_release(store);
}
