/* A command under a profile: started, held until it may go, served, and ended with all that it started. */
#ifndef GATEHOUSE_BOX_H
#define GATEHOUSE_BOX_H

#include <stdbool.h>

#include "../linux/session.h"

/*
 * Makes the process that will be the command: a session of its own, no descriptor but the standard ones, limits, the
 * profile. It waits. False with `ended` filled in when it cannot be had as the plan wants it; then nothing runs.
 * `command` and `environment` end with NULL.
 */
bool box_start(const struct plan *plan, char **command, char **environment, struct report *report, struct ended *ended);

/* Lets the command go and stays until it and everything it started are gone. `control` may be NULL. */
void box_serve(const struct plan *plan, struct control *control, struct ended *ended);

/* The process that waits: it becomes the command. */
int box_child(void);

/* Ends what box_start made, when the command must not go. */
void box_abandon(void);

#endif
