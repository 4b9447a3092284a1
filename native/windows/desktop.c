#include "desktop.h"

#include <sddl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "text.h"
#include "token.h"

enum { LONGEST_NAME = 256 };

static bool name_of(HANDLE object, wchar_t *name) {
  DWORD size = 0;
  return GetUserObjectInformationW(object, UOI_NAME, name, LONGEST_NAME * sizeof *name, &size) && name[0] != L'\0';
}

/* Without this a command of low integrity could not make a window on it, and programs that load user32 would end. */
static bool open_to_low(HANDLE object) {
  PSECURITY_DESCRIPTOR label = NULL;
  SECURITY_INFORMATION what = LABEL_SECURITY_INFORMATION;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"S:(ML;;NW;;;LW)", SDDL_REVISION_1, &label, NULL)) return false;
  bool done = SetUserObjectSecurity(object, &what, label);
  LocalFree(label);
  return done;
}

/*
 * One that no window of the person's is on. Windows names it after the logon, so that two sandboxes of one person at
 * one time share it; each has a desktop of its own on it.
 */
static HWINSTA make_station(SECURITY_ATTRIBUTES *rights, struct report *report) {
  HWINSTA station = CreateWindowStationW(NULL, 0, GENERIC_ALL, rights);
  if (station == NULL) {
    report_off(report, HAS_STATION, "it cannot be made: error %lu", GetLastError());
    return NULL;
  }
  return station;
}

wchar_t *desktop_make(const struct plan *plan, HANDLE token, struct report *report) {
  static wchar_t whole[2 * LONGEST_NAME + 2];
  wchar_t made_name[64];
  wchar_t station_name[LONGEST_NAME] = L"";
  wchar_t desktop_name[LONGEST_NAME] = L"";
  bool low = plan_word(plan, V_TOKEN, "low") != NULL;
  bool wants_station = plan_word(plan, V_DESKTOP, "station") != NULL;
  DWORD session = 0;
  if (plan_find(plan, V_DESKTOP) == NULL) return NULL;
  /* There programs that load user32 end before they begin. */
  if (!ProcessIdToSessionId(GetCurrentProcessId(), &session) || session == 0) {
    report_off(report, HAS_DESKTOP, "this is the session of services, in which a desktop of its own ends programs");
    if (wants_station) report_off(report, HAS_STATION, "this is the session of services");
    return NULL;
  }
  SECURITY_DESCRIPTOR whose;
  SECURITY_ATTRIBUTES rights = {.nLength = sizeof rights, .lpSecurityDescriptor = &whose, .bInheritHandle = FALSE};
  ACL *own = token == NULL ? NULL : token_own_rights(token);
  bool ruled = own != NULL && InitializeSecurityDescriptor(&whose, SECURITY_DESCRIPTOR_REVISION) && SetSecurityDescriptorDacl(&whose, TRUE, own, FALSE);
  HWINSTA before = GetProcessWindowStation();
  HWINSTA station = wants_station ? make_station(ruled ? &rights : NULL, report) : NULL;
  bool moved = station != NULL && SetProcessWindowStation(station);
  _snwprintf(made_name, 64, L"gatehouse-%lu-%llu", GetCurrentProcessId(), GetTickCount64());
  HDESK desktop = CreateDesktopW(made_name, NULL, NULL, 0, GENERIC_ALL, ruled ? &rights : NULL);
  DWORD error = GetLastError();
  free(own);
  bool named = desktop != NULL && name_of(moved ? (HANDLE)station : (HANDLE)before, station_name) && name_of(desktop, desktop_name);
  bool labelled = desktop == NULL || !low || (open_to_low(desktop) && (!moved || open_to_low(station)));
  if (moved) SetProcessWindowStation(before);
  if (station != NULL && !moved) report_off(report, HAS_STATION, "it cannot be used");
  if (!named || !labelled) {
    report_off(report, HAS_DESKTOP, named ? "a command of low integrity cannot be let onto it" : "it cannot be made: error %lu", error);
    if (moved) report_off(report, HAS_STATION, "there is no desktop on it");
    return NULL;
  }
  report_on(report, HAS_DESKTOP, "one that is made for it");
  if (moved) report_on(report, HAS_STATION, "one without windows of the person's");
  _snwprintf(whole, sizeof whole / sizeof *whole, L"%ls\\%ls", station_name, desktop_name);
  return whole;
}
