/* The scripts that run inside Redis; the .lua file of each says what it does. */
#ifndef HISESSION_REDIS_SCRIPTS_H
#define HISESSION_REDIS_SCRIPTS_H

typedef struct {
    const char *name; /* for people */
    const char *text;
    const char *hash; /* the text's SHA-1, by which a server knows it */
} hs_script;

extern const hs_script hs_script_clear;
extern const hs_script hs_script_end;
extern const hs_script hs_script_place;
extern const hs_script hs_script_replace;
extern const hs_script hs_script_reserve;
extern const hs_script hs_script_user_list;

#endif
