/* The outer half: starts the inner one, serves it, and is its lifeline to the supervisor. */
#ifndef GATEHOUSE_HOST_H
#define GATEHOUSE_HOST_H

#include "control.h"
#include "launch.h"
#include "session.h"

/*
 * Sets the sandbox up, with the report in `report`. False with `ended` filled in when it cannot be had as the plan
 * wants it; then nothing has run.
 */
bool host_start(struct launch *launch, struct report *report, struct ended *ended);

/* Lets the command go and stays until it has ended and everything of it is gone. `control` may be NULL. */
void host_serve(struct launch *launch, struct control *control, struct ended *ended);

/* Process 1 of the sandbox, as it is called outside. */
int host_child(void);

/* Ends what host_start made, when the command must not go. */
void host_abandon(void);

#endif
