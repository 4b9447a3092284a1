/*
 * What a report tells of, on Windows. On means that Windows was asked afterwards and said so. `fs` and `net` are always
 * told, and always off: see launch.c.
 */
#ifndef GATEHOUSE_WINDOWS_FEATURES_H
#define GATEHOUSE_WINDOWS_FEATURES_H

#include "../plan/report.h"

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

#endif
