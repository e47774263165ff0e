/*
 * One session, of the user or of nobody: regenerate, save and destroy, by any of its ids.
 */
#ifndef A
#define A REGENERATE
#endif
#ifndef B
#define B REGENERATE + SAVE + DESTROY
#endif
#ifndef C
#define C DESTROY + SAVE
#endif
#include "model.inc"
