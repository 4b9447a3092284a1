/*
 * The file system that the command sees: built from nothing, so that what was not named does not exist.
 *
 * Every mount is made from a descriptor and moved to a descriptor; no path is resolved through a link, and none
 * twice. The view's own folders cannot be written once it stands.
 */
#ifndef GATEHOUSE_VIEW_H
#define GATEHOUSE_VIEW_H

#include "launch.h"

/*
 * In the host half, when started as root: opens the plan's trees, those of the person mapped to the command's
 * user. False with `why` set for a tree that is missing or whose file system cannot be mapped.
 */
bool view_prepare(struct launch *launch, char *why, size_t size);

/* In the inner half: builds the view and makes it the root. False with `why` set; the process is then of no use. */
bool view_build(const struct launch *launch, struct report *report, char *why, size_t size);

#endif
