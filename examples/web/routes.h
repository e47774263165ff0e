/* From a request to its answer. */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "request.h"

enum MHD_Result routes_answer(struct request *r);

#endif
