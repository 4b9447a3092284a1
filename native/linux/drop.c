#define _GNU_SOURCE
#include "drop.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "calls.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

static bool left(char *why, size_t size, const char *what) {
  snprintf(why, size, "%s: %s", what, strerror(errno));
  return false;
}

bool drop_privileges(struct report *report, char *why, size_t size) {
  unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                       SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int cap = 0; cap < 64; cap++) {
    if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
      if (errno == EINVAL) break;
      return left(why, size, "capabilities cannot be dropped");
    }
  }
  if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0) return left(why, size, "the rules of capabilities cannot be locked");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  if (syscall(SYS_capset, &header, data) != 0) return left(why, size, "capabilities cannot be given up");
  memset(data, 0xff, sizeof data);
  if (syscall(SYS_capget, &header, data) != 0) return left(why, size, "capabilities cannot be read back");
  for (int i = 0; i < 2; i++) {
    if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0) {
      errno = EPERM;
      return left(why, size, "capabilities are left");
    }
  }
  for (int cap = 0; cap < 64; cap++) {
    int held = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (held < 0) break;
    if (held != 0) {
      errno = EPERM;
      return left(why, size, "a capability could come back");
    }
  }
  report_on(report, HAS_CAPS, "none");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
    return left(why, size, "no_new_privs cannot be set");
  report_on(report, HAS_NO_NEW_PRIVS, "set");
  return true;
}

static const struct {
  const char *name;
  int resource;
} limits[] = {{"processes", RLIMIT_NPROC}, {"files", RLIMIT_NOFILE}, {"data", RLIMIT_DATA}, {"filesize", RLIMIT_FSIZE}, {"core", RLIMIT_CORE}};

bool drop_limits(const struct plan *plan, struct report *report, char *why, size_t size) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_LIMIT) continue;
    for (size_t at = 0; at < sizeof limits / sizeof *limits; at++) {
      if (strcmp(limits[at].name, step->words[0]) != 0) continue;
      struct rlimit now;
      getrlimit(limits[at].resource, &now);
      rlim_t wanted = (rlim_t)step->number;
      if (now.rlim_max != RLIM_INFINITY && wanted > now.rlim_max) wanted = now.rlim_max;
      struct rlimit limit = {wanted, wanted};
      if (setrlimit(limits[at].resource, &limit) != 0) return left(why, size, "a limit cannot be set");
      if (limits[at].resource == RLIMIT_NPROC) report_on(report, HAS_PROCESSES, "%llu, threads counted", (unsigned long long)wanted);
      if (limits[at].resource == RLIMIT_DATA)
        report_on(report, HAS_MEMORY, "%llu bytes for each process, not for all together", (unsigned long long)wanted);
    }
  }
  return true;
}
