/* The caller's terminal while the command has one of its own: raw, and put back whatever ends us. */
#ifndef GATEHOUSE_TERMINAL_H
#define GATEHOUSE_TERMINAL_H

#include <stdbool.h>

/* Which of the caller's descriptors 0 to 2 is its terminal; -1 when none is. */
int terminal_of(const bool terminal[3]);

/* Copies the size of the caller's terminal to the command's. */
void terminal_resize(int from, int to);

/* Makes the caller's terminal raw when it is in the foreground. */
void terminal_raw(int terminal);

/* Puts it back. Safe in a signal handler, and when nothing was changed. */
void terminal_restore(void);

#endif
