/* The verbs of a launch plan for Linux. macOS takes them too, and two more. */
#ifndef GATEHOUSE_VERBS_H
#define GATEHOUSE_VERBS_H

#include "../plan/plan.h"

enum verb {
  V_LEVEL,    /* level NAME: the level that is asked for, told in the report */
  V_NEED,     /* need FEATURE: refuse when this cannot be enforced */
  V_NET,      /* net empty|host */
  V_NS,       /* ns ipc|uts|cgroup: namespaces beyond user, pid, mount */
  V_LISTEN,   /* listen KIND PORT: a socket on 127.0.0.1 inside, served by the host half */
  V_UID,      /* uid NUMBER: when started as root, who the command runs as */
  V_HOSTNAME, /* hostname NAME */
  V_SIZE,     /* size BYTES: of all that is in memory together */
  V_TREE,     /* tree ro|rw SOURCE TARGET: a folder or file of the host */
  V_OWN,      /* own ro|rw SOURCE TARGET: the same, owned by the person: mapped when started as root */
  V_COW,      /* cow SOURCE TARGET LAYERS: the same, writable, with what is written kept in LAYERS/upper */
  V_LINK,     /* link TO TARGET */
  V_DIR,      /* dir TARGET */
  V_SCRATCH,  /* scratch TARGET: writable, gone at the end */
  V_CLOSED,   /* closed TARGET: an empty folder in which only other steps put something */
  V_FILE,     /* file TEXT TARGET: a small file that cannot be changed */
  V_GUARD,    /* guard ro|pin TARGET: a path in a writable tree: read-only, or only not to be renamed */
  V_CWD,      /* cwd TARGET */
  V_KEEP,     /* keep NAME, or a prefix with a star: variables of the caller that go in */
  V_SET,      /* set NAME VALUE */
  V_LIMIT,    /* limit processes|files|data|filesize|core NUMBER */
  V_ALLOW,    /* allow unix|route: socket families that the filter lets through */
  V_NOTIFY,   /* notify: denied system calls are told */
  V_MDWE,     /* mdwe: no memory becomes executable */
  V_SESSION,  /* session SECONDS */
  V_IDLE,     /* idle SECONDS */
  V_WATCH,    /* watch TARGET: told at the end what below it is new and has one of the names */
  V_NAME,     /* name PATTERN: parts of a path, a star for any; with a slash at its end all below it */
#ifdef GATEHOUSE_SEATBELT
  V_PROFILE,  /* profile TEXT: what Seatbelt, on macOS, lets the command do */
  V_PARAM,    /* param NAME VALUE: of the profile */
#endif
  VERBS
};

#endif
