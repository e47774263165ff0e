/* Descriptors that are closed while another thread may fork. */
#ifndef HISESSION_BASE_DESCRIPTOR_H
#define HISESSION_BASE_DESCRIPTOR_H

/*
 * Closes a descriptor, unless it is -1, and makes it -1 before that: a child of a fork
 * in between would close it again, when it may be a file of its own.
 */
void hs_descriptor_close(int *descriptor);

#endif
