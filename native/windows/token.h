/* The command's token: the caller's, with less in it; and the launcher's own protection from programs of the caller. */
#ifndef GATEHOUSE_WINDOWS_TOKEN_H
#define GATEHOUSE_WINDOWS_TOKEN_H

#include <stdbool.h>
#include <windows.h>

#include "verbs.h"
#include "features.h"

/* The token that the plan asks for; NULL when it asks for none, and with `*problem` set when it cannot be made. */
HANDLE token_make(const struct plan *plan, DWORD *problem);

/* Rights on an object for the token's user and the system, and nobody else; NULL when they cannot be told. */
ACL *token_own_rights(HANDLE token);

/* Asks Windows what the token of a process that stands ready really is, and reports that. */
void token_report(const struct plan *plan, HANDLE process, struct report *report);

/*
 * Takes from the person's own programs the right to open this process: one of them could else copy the handle of the
 * job and keep it open. Reported as on when this process itself is refused as well.
 */
void token_guard_launcher(struct report *report);

#endif
