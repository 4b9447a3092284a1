/* Policies of Windows that harden the command's first process. They are not handed on to what it starts. */
#ifndef GATEHOUSE_WINDOWS_MITIGATE_H
#define GATEHOUSE_WINDOWS_MITIGATE_H

#include <windows.h>

#include "verbs.h"
#include "features.h"

/* What the plan asks for, as PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY takes it. */
DWORD64 mitigate_policy(const struct plan *plan);

/* Asks Windows which of them hold for a process that stands ready, and reports that. */
void mitigate_report(const struct plan *plan, HANDLE process, struct report *report);

#endif
