/* The command's environment: what the plan keeps of the caller's, and what it sets; nothing else. */
#ifndef GATEHOUSE_WINDOWS_ENVIRONMENT_H
#define GATEHOUSE_WINDOWS_ENVIRONMENT_H

#include <wchar.h>

#include "verbs.h"

/* A block as CreateProcess takes it: sorted by name, each `NAME=VALUE` with its zero, and one more at the end. */
wchar_t *environment_make(const struct plan *plan);

/* The value that a block has for a name, in any case of letters; NULL when it has none. */
const wchar_t *environment_find(const wchar_t *block, const wchar_t *name);

#endif
