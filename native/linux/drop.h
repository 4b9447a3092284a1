/* Giving up: every capability, in every set, for ever; and the limits of resources. */
#ifndef GATEHOUSE_DROP_H
#define GATEHOUSE_DROP_H

#include "launch.h"

/* Drops and reads back; false with `why` set when anything is left. */
bool drop_privileges(struct report *report, char *why, size_t size);

/* Sets the plan's limits for this process. */
bool drop_limits(const struct plan *plan, struct report *report, char *why, size_t size);

#endif
