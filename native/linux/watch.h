/* What a session left behind: files that are new or changed since it began, those with a protected name apart. */
#ifndef GATEHOUSE_WATCH_H
#define GATEHOUSE_WATCH_H

#include <stdbool.h>
#include <time.h>

#include "verbs.h"

enum left { LEFT_NAMED, LEFT_FILE, LEFT_PROGRAM, LEFT_LINK, LEFT_SPECIAL };

/*
 * Looks below the plan's `watch` folders and calls `found` with each path and what it is. Follows no link. Other file
 * systems mounted there were writable too, and anybody may make a subvolume that looks like one. What tools put below .git and node_modules is told only where its name is protected. False when
 * it could not look at everything.
 */
bool watch_look(const struct plan *plan, struct timespec since, void (*found)(const char *path, enum left what, void *context),
                void *context);

#endif
