/* The Landlock rules of the process: what of the view may be written, and no signal or abstract socket outside. */
#ifndef GATEHOUSE_LANDLOCK_H
#define GATEHOUSE_LANDLOCK_H

#include <stdbool.h>

#include "verbs.h"
#include "features.h"

/*
 * Restricts this process and all that it starts. Paths are those of the view, which must stand. False with
 * `why` set when a kernel that has Landlock refused; a kernel without it is only reported.
 */
bool landlock_apply(const struct plan *plan, struct report *report, char *why, size_t size);

#endif
