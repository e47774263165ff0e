/* What the forms of a user who is logged in do. */
#ifndef WEB_FORMS_H
#define WEB_FORMS_H

#include "request.h"

enum MHD_Result form_note(struct request *r);
enum MHD_Result form_count(struct request *r);
enum MHD_Result form_logout(struct request *r);

enum MHD_Result devices_get(struct request *r);
enum MHD_Result form_revoke(struct request *r);
enum MHD_Result form_log_out_others(struct request *r);
enum MHD_Result form_log_out_everywhere(struct request *r);

#endif
