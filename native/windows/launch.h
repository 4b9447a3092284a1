/* One launch: a command that stands ready in its job, is looked at, and then let go. */
#ifndef GATEHOUSE_WINDOWS_LAUNCH_H
#define GATEHOUSE_WINDOWS_LAUNCH_H

#include <stdbool.h>
#include <windows.h>

#include "job.h"
#include "verbs.h"
#include "features.h"

struct launch {
  struct plan plan;
  struct report report;
  struct job job;
  HANDLE process; /* the command's first */
  HANDLE thread;
};

/* How it ended. */
struct ended {
  DWORD code;
  const char *reason; /* NULL when the command ended by itself */
};

/*
 * Makes everything that the plan asks for and the command with it, which does not run yet. Ends this process, and
 * what it made, when that cannot be done or when something the plan needs is not in force.
 */
void launch_start(struct launch *launch, wchar_t *const *command);

/* Lets the command go and waits for its end; then nothing it started is left. */
struct ended launch_serve(struct launch *launch);

#endif
