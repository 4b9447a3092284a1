/* The first line that a client says at the door, with a nonce that the supervisor's answer must prove to know. */
#ifndef GATEHOUSE_GREETING_H
#define GATEHOUSE_GREETING_H

#include <stddef.h>

#include "frame.h"

/* Room for a line with the longest name there is. */
enum { MAX_GREETING_BYTES = 160 };

/* Random bytes from the kernel. Ends the process with EXIT_BLOCK when it gives none. */
void new_nonce(unsigned char nonce[NONCE_BYTES]);

/* Writes `GATEHOUSE1 KIND NAME NONCE\n` and returns its length. The name has at most 64 characters. */
size_t put_greeting(char line[MAX_GREETING_BYTES], const char *kind, const char *name,
                    const unsigned char nonce[NONCE_BYTES]);

#endif
