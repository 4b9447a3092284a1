#include "mitigate.h"

#include <stdbool.h>
#include <string.h>

/* The values of winbase.h, which not every header set has: a bit for "always on" in the field of each policy. */
enum {
  BIT_DEP = 0,
  BIT_HEAP_TERMINATE = 12,
  BIT_BOTTOM_UP_ASLR = 16,
  BIT_HIGH_ENTROPY_ASLR = 20,
  BIT_STRICT_HANDLES = 24,
  BIT_NO_EXTENSION_POINTS = 32,
  BIT_NO_FOREIGN_FONTS = 48,
  BIT_NO_REMOTE_IMAGES = 52
};

/* Policy of winnt.h that is asked, and the bits of its flags that must be set. The heap's cannot be asked. */
static const struct {
  const char *word;
  DWORD64 policy;
  int asked;
  DWORD flags;
} policies[] = {
    {"dep", 1ULL << BIT_DEP, ProcessDEPPolicy, 1},
    {"heap", 1ULL << BIT_HEAP_TERMINATE, -1, 0},
    {"aslr", 1ULL << BIT_BOTTOM_UP_ASLR | 1ULL << BIT_HIGH_ENTROPY_ASLR, ProcessASLRPolicy, 1 | 4},
    {"handles", 1ULL << BIT_STRICT_HANDLES, ProcessStrictHandleCheckPolicy, 1},
    {"extensions", 1ULL << BIT_NO_EXTENSION_POINTS, ProcessExtensionPointDisablePolicy, 1},
    {"remote-images", 1ULL << BIT_NO_REMOTE_IMAGES, ProcessImageLoadPolicy, 1},
    {"fonts", 1ULL << BIT_NO_FOREIGN_FONTS, ProcessFontDisablePolicy, 1},
};
enum { POLICIES = sizeof policies / sizeof *policies };

DWORD64 mitigate_policy(const struct plan *plan) {
  DWORD64 policy = 0;
  for (size_t i = 0; i < POLICIES; i++) {
    if (plan_word(plan, V_MITIGATE, policies[i].word) != NULL) policy |= policies[i].policy;
  }
  return policy;
}

static bool holds(size_t i, HANDLE process) {
  /* Each of the answers begins with its flags; that about DEP has a byte behind them. */
  struct {
    DWORD flags;
    DWORD more;
  } answer = {0, 0};
  SIZE_T size = policies[i].asked == ProcessDEPPolicy ? sizeof(PROCESS_MITIGATION_DEP_POLICY) : sizeof answer.flags;
  return GetProcessMitigationPolicy(process, (PROCESS_MITIGATION_POLICY)policies[i].asked, &answer, size) &&
         (answer.flags & policies[i].flags) == policies[i].flags;
}

void mitigate_report(const struct plan *plan, HANDLE process, struct report *report) {
  char off[96] = "";
  unsigned asked = 0;
  for (size_t i = 0; i < POLICIES; i++) {
    if (policies[i].asked < 0 || plan_word(plan, V_MITIGATE, policies[i].word) == NULL) continue;
    asked++;
    if (holds(i, process)) continue;
    if (off[0] != '\0') strcat(off, ", ");
    strcat(off, policies[i].word);
  }
  if (plan_find(plan, V_MITIGATE) == NULL) return;
  if (off[0] != '\0') report_off(report, HAS_MITIGATIONS, "not in force: %s", off);
  else if (asked > 0) report_on(report, HAS_MITIGATIONS, "of its first process");
  else report_off(report, HAS_MITIGATIONS, "what was asked for cannot be read back");
}
