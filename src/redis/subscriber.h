/*
 * Listens to channels of one server on a connection of its own, which it opens
 * again when it breaks. Nothing blocks but open.
 */
#ifndef HISESSION_REDIS_SUBSCRIBER_H
#define HISESSION_REDIS_SUBSCRIBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/endpoint.h"
#include "redis/condition.h"
#include "redis/dialing.h"
#include "redis/reader.h"

enum { HS_CHANNEL_SIZE = 256, HS_SUBSCRIBER_READS = 16 };

/* Where the connection stands. */
typedef enum {
    HS_SUBSCRIBER_PAUSED, /* until the next attempt */
    HS_SUBSCRIBER_DIALING,
    HS_SUBSCRIBER_ASKING, /* for its channels */
    HS_SUBSCRIBER_LISTENING
} hs_subscriber_state;

typedef struct {
    hs_endpoint endpoint;
    hs_condition condition;  /* what is wrong with this connection */
    char why[HS_CAUSE_SIZE]; /* it is to be given up; "" if that was logged */
    int64_t connect_timeout;
    char channels[2][HS_CHANNEL_SIZE];

    int watch; /* epoll: what follows, for the owner to poll */
    int timer;
    int socket; /* -1 while there is none */
    hs_dialing *dialing;

    hs_subscriber_state state;
    int answered;       /* subscriptions */
    int attempt;        /* at a connection, since the last good one */
    int64_t due;        /* when the timer goes off */
    int64_t heard;      /* when something last came in */
    int64_t since;      /* when it began to listen */
    bool asked_alive;   /* and nothing was heard since */
    int64_t idle_limit; /* after so long without a message a PING is sent, */
    int64_t pong_limit; /* which must be answered within this time */

    hs_reader reader;
    hs_message message;
} hs_subscriber;

/*
 * Connects and subscribes to the first channel, and to the second if the user
 * has the right to. OK, UNAVAILABLE, AUTH, CONFIG, PROTOCOL, NO_MEMORY, SYSTEM.
 * It is to be closed unless OK, too.
 */
HS_MUST_USE int hs_subscriber_open(hs_subscriber *subscriber, hs_deadline deadline);

/* What it works with; nothing is connected. OK, SYSTEM: it must not be closed then. */
HS_MUST_USE int hs_subscriber_init(hs_subscriber *subscriber, const hs_endpoint *endpoint,
                                   int64_t connect_timeout, hs_log log);

/* `inherited`: in a child of the process that opened it. */
void hs_subscriber_close(hs_subscriber *subscriber, bool inherited);

/*
 * The next message: "message", its channel, its text; all strings, valid until
 * the next call. NULL: it listens again after a break. `reads` is how often it
 * may still read from the socket, so that a flood does not hold up the caller.
 * OK, NOT_FOUND for nothing now, AUTH, CONFIG, NO_MEMORY, SYSTEM.
 */
HS_MUST_USE int hs_subscriber_next(hs_subscriber *subscriber, int *reads,
                                   const hs_message **out);

#endif
