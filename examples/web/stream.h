/* The stream that tells an open page that its session is over. */
#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include "request.h"

enum MHD_Result stream_get(struct request *r);

#endif
