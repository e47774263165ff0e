/* Where Redis is, from a URL. */
#ifndef HISESSION_CONFIG_URL_H
#define HISESSION_CONFIG_URL_H

#include "base/attributes.h"
#include "config/endpoint.h"
#include "config/options.h"

/*
 * Reads a URL; its query sets options. OK, INVALID (an option), CONFIG (the
 * URL); the reason is then in options->error and holds no credentials.
 */
HS_MUST_USE int hs_url_read(const char *url, session_options *options,
                            hs_endpoint *endpoint);

#endif
