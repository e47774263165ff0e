/* For test_invariant.c: HS_INVARIANT where HISESSION_INVARIANTS is not defined. */
#include <stdbool.h>

#undef HISESSION_INVARIANTS
#include "base/invariant.h"

void require_as_users_build_it(bool rule, int *evaluations);

void require_as_users_build_it(bool rule, int *evaluations)
{
    HS_INVARIANT((++*evaluations, rule));
}
