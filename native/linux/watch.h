/* What a session left behind: files with a protected name that are new or changed since it began. */
#ifndef GATEHOUSE_WATCH_H
#define GATEHOUSE_WATCH_H

#include <stdbool.h>
#include <time.h>

#include "plan.h"

/*
 * Looks below the plan's `watch` folders and calls `found` with each path. Follows no link and leaves no file
 * system. False when it could not look at everything.
 */
bool watch_look(const struct plan *plan, struct timespec since, void (*found)(const char *path, void *context), void *context);

#endif
