/* The verbs of a launch plan for Windows. A path is a plain one of a drive. */
#ifndef GATEHOUSE_WINDOWS_VERBS_H
#define GATEHOUSE_WINDOWS_VERBS_H

#include "../plan/plan.h"

enum verb {
  V_LEVEL,    /* level NAME: the level that is asked for */
  V_NEED,     /* need FEATURE: refuse when this cannot be enforced */
  V_TOKEN,    /* token privileges|administrators|low: what the command's token is without */
  V_UI,       /* ui NAME: what of the person's desktop the job may not touch */
  V_DESKTOP,  /* desktop private|station: a desktop of its own, on a window station of its own too */
  V_MITIGATE, /* mitigate NAME: a policy of the command's first process */
  V_LIMIT,    /* limit processes|memory|data|cpu NUMBER: bytes; cpu in hundredths of one processor */
  V_DIR,      /* dir PATH: made when it is not there */
  V_CWD,      /* cwd PATH */
  V_KEEP,     /* keep NAME, or a prefix with a star: variables of the caller that go in */
  V_SET,      /* set NAME VALUE */
  V_SESSION,  /* session SECONDS */
  VERBS
};

#endif
