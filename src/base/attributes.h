/* What the compiler is to check at every call of a function. */
#ifndef HISESSION_BASE_ATTRIBUTES_H
#define HISESSION_BASE_ATTRIBUTES_H

/* A call may not ignore the result, because nothing else says what happened. */
#define HS_MUST_USE __attribute__((warn_unused_result))

/* Takes the result of a call that is made for its effect alone. */
static inline void hs_ignore(int result)
{
    (void)result;
}

/* Argument number `text` is a printf format for those from number `first` on. */
#define HS_PRINTF(text, first) __attribute__((format(printf, text, first)))

#endif
