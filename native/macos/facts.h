/* What the kernel says of a process, for the supervisor, which asks this program because it cannot ask itself. */
#ifndef GATEHOUSE_FACTS_H
#define GATEHOUSE_FACTS_H

#include <sys/types.h>

/*
 * Prints `parent NUMBER`, `executable PATH` (percent-encoded) and `confined 1`, or 0, a line each: whether it runs under
 * a profile with this mark. 0; or 1 without a word when there is no such process.
 */
int facts_tell(pid_t pid, const char *mark);

#endif
