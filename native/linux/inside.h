/* The inner half: process 1 of the sandbox. Sets it up, starts the command, reaps, and ends with it. */
#ifndef GATEHOUSE_INSIDE_H
#define GATEHOUSE_INSIDE_H

#include "launch.h"

/* Runs in the new namespaces. Does not return. */
__attribute__((noreturn)) void inside_run(struct launch *launch);

#endif
