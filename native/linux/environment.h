/* The command's environment: what the plan keeps of the caller's, and what it sets; nothing else. */
#ifndef GATEHOUSE_ENVIRONMENT_H
#define GATEHOUSE_ENVIRONMENT_H

#include "verbs.h"

/* Ends with NULL. NULL when there is no memory. */
char **environment_make(const struct plan *plan, char *const *caller);

/* Overwrites the caller's words and variables where the kernel shows them: in /proc/PID/environ. */
void environment_wipe(char **caller);

#endif
