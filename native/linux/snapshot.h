/* The copy-on-write workspace: an overlay file system over the real one, which is only read. */
#ifndef GATEHOUSE_SNAPSHOT_H
#define GATEHOUSE_SNAPSHOT_H

#include <stddef.h>

/*
 * In the inner half: lays the folder `upper` of the mount `layers` over the mount `lower`, both detached, and returns
 * the overlay, detached too; -1 with `why` set where the kernel or a file system refuses. `root` is a folder in which
 * the two can be mounted for as long as that takes.
 *
 * Without privileges an overlay keeps its notes in user attributes, and then renames no folder that lies below:
 * rename(2) says EXDEV, as between file systems, and programs copy.
 */
int snapshot_mount(int root, int lower, int layers, char *why, size_t size);

/* Takes away what snapshot_mount mounted in `root`; the overlay holds what it needs. */
void snapshot_settle(int root);

#endif
