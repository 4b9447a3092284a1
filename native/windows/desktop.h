/* A desktop of the command's own, so that it sees no window of the person's and sends none of them anything. */
#ifndef GATEHOUSE_WINDOWS_DESKTOP_H
#define GATEHOUSE_WINDOWS_DESKTOP_H

#include <wchar.h>
#include <windows.h>

#include "verbs.h"
#include "features.h"

/*
 * Makes what the plan asks for and reports it. The result is what STARTUPINFO takes, `station\desktop`, or NULL for
 * the person's own. It lasts as long as this process. `token` is the command's; NULL for this process's own.
 */
wchar_t *desktop_make(const struct plan *plan, HANDLE token, struct report *report);

#endif
