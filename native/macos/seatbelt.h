/* Seatbelt, the sandbox of the macOS kernel: a profile is put on a process, and on all that it starts. */
#ifndef GATEHOUSE_SEATBELT_H
#define GATEHOUSE_SEATBELT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../linux/verbs.h"

/*
 * Puts the plan's profile, with the values of its parameters, on this process, and asks the kernel whether it is
 * confined. False with the reason in `why`; then nothing may be started.
 */
bool seatbelt_apply(const struct plan *plan, char *why, size_t size);

/* The value of the plan's parameter MARK: a name that its profile alone lets be looked up. NULL without one. */
const char *seatbelt_mark(const struct plan *plan);

/* Whether a process runs under the profile with this mark. */
bool seatbelt_has(pid_t pid, const char *mark);

/*
 * Processes of this user that run under the profile with this mark, at most `most`, wherever they stand in the tree:
 * one that made a session of its own, or lost its parent, is among them. Answers how many were put into `members`.
 */
size_t seatbelt_members(const char *mark, pid_t *members, size_t most);

#endif
