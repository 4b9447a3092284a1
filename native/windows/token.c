#include "token.h"

#include <sddl.h>
#include <stdlib.h>

#include "text.h"

/* Groups that may change the system, by their well-known names. The token then has them for refusals only. */
static const WELL_KNOWN_SID_TYPE mighty[] = {
    WinBuiltinAdministratorsSid, WinBuiltinPowerUsersSid,         WinBuiltinBackupOperatorsSid, WinBuiltinSystemOperatorsSid,
    WinBuiltinHyperVAdminsSid,   WinBuiltinNetworkConfigurationOperatorsSid,
};
enum { MIGHTY = sizeof mighty / sizeof *mighty };

static const wchar_t *const low_label = L"S-1-16-4096";

/* What `GetTokenInformation` has to say, in memory of its own; NULL when it has nothing. */
static void *ask(HANDLE token, TOKEN_INFORMATION_CLASS what) {
  DWORD size = 0;
  GetTokenInformation(token, what, NULL, 0, &size);
  if (size == 0) return NULL;
  void *told = room(size);
  if (GetTokenInformation(token, what, told, size, &size)) return told;
  free(told);
  return NULL;
}

ACL *token_own_rights(HANDLE token) {
  TOKEN_USER *user = ask(token, TokenUser);
  DWORD size = SECURITY_MAX_SID_SIZE;
  PSID system = room(size);
  bool known = user != NULL && CreateWellKnownSid(WinLocalSystemSid, NULL, system, &size);
  DWORD whole = known ? (DWORD)(sizeof(ACL) + 2 * sizeof(ACCESS_ALLOWED_ACE)) + GetLengthSid(user->User.Sid) + GetLengthSid(system) : 0;
  ACL *rights = known ? room(whole) : NULL;
  if (known && (!InitializeAcl(rights, whole, ACL_REVISION) || !AddAccessAllowedAce(rights, ACL_REVISION, GENERIC_ALL, user->User.Sid) ||
                !AddAccessAllowedAce(rights, ACL_REVISION, GENERIC_ALL, system))) {
    free(rights);
    rights = NULL;
  }
  free(user);
  free(system);
  return rights;
}

/*
 * What an administrator's program makes belongs to all administrators: the command could not open its own things.
 * Where this fails it is the command that has less, so it is not looked at again.
 */
static void make_own(HANDLE token) {
  TOKEN_USER *user = ask(token, TokenUser);
  TOKEN_DEFAULT_DACL rights = {.DefaultDacl = token_own_rights(token)};
  if (user != NULL) {
    TOKEN_OWNER owner = {.Owner = user->User.Sid};
    SetTokenInformation(token, TokenOwner, &owner, sizeof owner);
  }
  if (rights.DefaultDacl != NULL) SetTokenInformation(token, TokenDefaultDacl, &rights, sizeof rights);
  free(user);
  free(rights.DefaultDacl);
}

static bool lower(HANDLE token) {
  PSID label = NULL;
  if (!ConvertStringSidToSidW(low_label, &label)) return false;
  TOKEN_MANDATORY_LABEL wanted = {.Label = {.Sid = label, .Attributes = SE_GROUP_INTEGRITY}};
  bool done = SetTokenInformation(token, TokenIntegrityLevel, &wanted, sizeof wanted + GetLengthSid(label));
  DWORD error = GetLastError();
  LocalFree(label);
  SetLastError(error);
  return done;
}

HANDLE token_make(const struct plan *plan, DWORD *problem) {
  HANDLE own;
  HANDLE made = NULL;
  SID_AND_ATTRIBUTES disabled[MIGHTY];
  DWORD count = 0;
  *problem = 0;
  if (plan_find(plan, V_TOKEN) == NULL) return NULL;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT, &own)) {
    *problem = GetLastError();
    return NULL;
  }
  for (size_t i = 0; plan_word(plan, V_TOKEN, "administrators") != NULL && i < MIGHTY; i++) {
    DWORD size = SECURITY_MAX_SID_SIZE;
    PSID sid = room(size);
    /* A group that this Windows does not know is nobody's. */
    if (CreateWellKnownSid(mighty[i], NULL, sid, &size)) disabled[count++] = (SID_AND_ATTRIBUTES){.Sid = sid, .Attributes = 0};
  }
  DWORD flags = plan_word(plan, V_TOKEN, "privileges") == NULL ? 0 : DISABLE_MAX_PRIVILEGE;
  bool done = CreateRestrictedToken(own, flags, count, count == 0 ? NULL : disabled, 0, NULL, 0, NULL, &made);
  if (done && count > 0) make_own(made);
  if (done && plan_word(plan, V_TOKEN, "low") != NULL) done = lower(made);
  if (!done) *problem = GetLastError();
  CloseHandle(own);
  return done ? made : NULL;
}

static void report_privileges(HANDLE token, struct report *report) {
  TOKEN_PRIVILEGES *privileges = ask(token, TokenPrivileges);
  unsigned left = 0;
  LUID pass;
  if (privileges == NULL || !LookupPrivilegeValueW(NULL, L"SeChangeNotifyPrivilege", &pass)) {
    report_off(report, HAS_PRIVILEGES, "its privileges cannot be read");
    return;
  }
  for (DWORD i = 0; i < privileges->PrivilegeCount; i++) {
    const LUID *one = &privileges->Privileges[i].Luid;
    if (one->LowPart != pass.LowPart || one->HighPart != pass.HighPart) left++;
  }
  if (left == 0) report_on(report, HAS_PRIVILEGES, "none but passing through folders");
  else report_off(report, HAS_PRIVILEGES, "%u privileges are left in its token", left);
  free(privileges);
}

static void report_administrators(HANDLE token, struct report *report) {
  TOKEN_GROUPS *groups = ask(token, TokenGroups);
  unsigned usable = 0;
  for (DWORD i = 0; groups != NULL && i < groups->GroupCount; i++) {
    for (size_t m = 0; m < MIGHTY; m++) {
      if (IsWellKnownSid(groups->Groups[i].Sid, mighty[m]) && (groups->Groups[i].Attributes & SE_GROUP_USE_FOR_DENY_ONLY) == 0) usable++;
    }
  }
  if (groups == NULL) report_off(report, HAS_ADMIN, "its groups cannot be read");
  else if (usable > 0) report_off(report, HAS_ADMIN, "%u groups that may change the system are left in its token", usable);
  else report_on(report, HAS_ADMIN, "no group that may change the system");
  free(groups);
}

static void report_integrity(HANDLE token, struct report *report) {
  TOKEN_MANDATORY_LABEL *label = ask(token, TokenIntegrityLevel);
  if (label == NULL) {
    report_off(report, HAS_INTEGRITY, "its integrity level cannot be read");
    return;
  }
  DWORD level = *GetSidSubAuthority(label->Label.Sid, (DWORD)(*GetSidSubAuthorityCount(label->Label.Sid) - 1));
  if (level <= SECURITY_MANDATORY_LOW_RID) report_on(report, HAS_INTEGRITY, "low: it writes only where Windows lets such programs write");
  else report_off(report, HAS_INTEGRITY, "its integrity level is 0x%04lx", level);
  free(label);
}

void token_report(const struct plan *plan, HANDLE process, struct report *report) {
  static const struct {
    const char *word;
    enum feature feature;
    void (*tell)(HANDLE, struct report *);
  } parts[] = {{"privileges", HAS_PRIVILEGES, report_privileges}, {"administrators", HAS_ADMIN, report_administrators}, {"low", HAS_INTEGRITY, report_integrity}};
  HANDLE token = NULL;
  bool open = OpenProcessToken(process, TOKEN_QUERY, &token);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (plan_word(plan, V_TOKEN, parts[i].word) == NULL) continue;
    if (open) parts[i].tell(token, report);
    else report_off(report, parts[i].feature, "its token cannot be read: error %lu", GetLastError());
  }
  if (open) CloseHandle(token);
}

/* Whoever has this privilege switched on opens every process. A shell for administrators hands it on like that. */
static void switch_debugging_off(void) {
  HANDLE own;
  TOKEN_PRIVILEGES off = {.PrivilegeCount = 1};
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &own)) return;
  if (LookupPrivilegeValueW(NULL, L"SeDebugPrivilege", &off.Privileges[0].Luid)) AdjustTokenPrivileges(own, FALSE, &off, 0, NULL, NULL);
  CloseHandle(own);
}

void token_guard_launcher(struct report *report) {
  /* The system as ever; of the owner only that its end may be waited for and its name asked. */
  static const wchar_t rights[] = L"D:P(A;;GA;;;SY)(A;;0x101000;;;OW)";
  PSECURITY_DESCRIPTOR wanted = NULL;
  bool set = ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, SDDL_REVISION_1, &wanted, NULL) &&
             SetKernelObjectSecurity(GetCurrentProcess(), DACL_SECURITY_INFORMATION, wanted);
  DWORD error = GetLastError();
  if (wanted != NULL) LocalFree(wanted);
  if (!set) {
    report_off(report, HAS_LAUNCHER, "it cannot be protected: error %lu", error);
    return;
  }
  switch_debugging_off();
  HANDLE self = OpenProcess(PROCESS_DUP_HANDLE, FALSE, GetCurrentProcessId());
  if (self == NULL && GetLastError() == ERROR_ACCESS_DENIED) {
    report_on(report, HAS_LAUNCHER, "no program of the same user may open it");
    return;
  }
  if (self != NULL) CloseHandle(self);
  report_off(report, HAS_LAUNCHER, "programs of the same user may open it");
}
