/* The scripts that run inside Redis; the .lua files here say what each does. */
#ifndef HISESSION_LUA_SCRIPTS_H
#define HISESSION_LUA_SCRIPTS_H

typedef struct {
    const char *text;
    const char *hash; /* the text's SHA-1, by which a server knows it */
} hs_script;

extern const hs_script hs_script_replace;
extern const hs_script hs_script_user_index;
extern const hs_script hs_script_user_list;

#endif
