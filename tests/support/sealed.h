/* Sealed stores for any test, and what their Redis keys are. */
#ifndef TEST_SEALED_H
#define TEST_SEALED_H

#define TEST_KEY "9b6f0a51c2d8e47713fa60b9258cde04716a93f5b80c2ed94d37a1685ef0cb2b"

/*
 * Whether the stores of this program are sealed, with TEST_KEY:
 * HISESSION_TEST_PROTECTION says "sealed". Tests of the plain form then skip().
 */
int stores_are_sealed(void);

/* What keys made with this key hold of an id; valid until the next call. */
const char *storage_id_of(const char *key, const char *id);

#endif
