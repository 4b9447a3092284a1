/*
 * What was really enforced, feature by feature.
 *
 * A feature that was not asked for is absent; one that was asked for is on, or off with the reason. On means that
 * Windows was asked afterwards and said so. `fs` and `net` are always told, and always off: see launch.c.
 */
#ifndef GATEHOUSE_WINDOWS_REPORT_H
#define GATEHOUSE_WINDOWS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum feature {
  HAS_JOB,         /* all that is started is in one job, which ends with the launcher and which nothing leaves */
  HAS_HANDLES,     /* the three standard streams are inherited, and no other handle */
  HAS_LAUNCHER,    /* no program of the person, so none in the sandbox either, can open the launcher */
  HAS_PRIVILEGES,  /* the token has no privilege but that of passing through folders */
  HAS_ADMIN,       /* the token is no administrator's */
  HAS_INTEGRITY,   /* the token is of low integrity */
  HAS_UI,
  HAS_DESKTOP,
  HAS_STATION,
  HAS_MITIGATIONS, /* of the first process */
  HAS_PROCESSES,
  HAS_MEMORY,
  HAS_DATA,
  HAS_CPU,
  HAS_SESSION,
  HAS_FS,
  HAS_NET,
  FEATURES
};

struct report {
  char state[FEATURES]; /* 0 absent, '+' on, '-' off */
  char detail[FEATURES][160];
};

void report_on(struct report *report, enum feature feature, const char *format, ...) __attribute__((format(printf, 3, 4)));
void report_off(struct report *report, enum feature feature, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether the feature of this name is on; false for a name that is none. */
bool report_has(const struct report *report, const char *name);

/* The reason beside a feature of this name; a text of its own where there is none. */
const char *report_why(const struct report *report, const char *name);

/* Writes a JSON object `{"job":{"on":true,"detail":"…"},…}`; returns its length, or 0 when it does not fit. */
size_t report_json(const struct report *report, char *out, size_t size);

#endif
