/*
 * What was really enforced, feature by feature.
 *
 * A feature that was not asked for is absent; one that was asked for is on, or off with the reason. Nothing here
 * is set before the kernel has said so.
 */
#ifndef GATEHOUSE_REPORT_H
#define GATEHOUSE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum feature {
  HAS_USER, HAS_PID, HAS_MOUNT, HAS_NET, HAS_IPC, HAS_UTS, HAS_CGROUP_NS, HAS_PROC, HAS_IDMAP, HAS_SNAPSHOT, HAS_GUARDS, HAS_CAPS, HAS_NO_NEW_PRIVS,
  HAS_LANDLOCK, HAS_DESCRIPTORS, HAS_SECCOMP, HAS_NOTIFY, HAS_MDWE, HAS_TERMINAL, HAS_PROCESSES, HAS_MEMORY, HAS_SESSION, HAS_IDLE,
  HAS_SEATBELT, HAS_OWN_SESSION, /* of macOS */
  FEATURES
};

struct report {
  char state[FEATURES]; /* 0 absent, '+' on, '-' off */
  char detail[FEATURES][96];
};

const char *feature_name(enum feature feature);

void report_on(struct report *report, enum feature feature, const char *format, ...) __attribute__((format(printf, 3, 4)));
void report_off(struct report *report, enum feature feature, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes a JSON object `{"user":{"on":true,"detail":"…"},…}`; returns its length, or 0 when it does not fit. */
size_t report_json(const struct report *report, char *out, size_t size);

#endif
