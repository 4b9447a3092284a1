/*
 * One run of a launcher, from its plan to the code it ends with: the same on Linux and on macOS, which say in
 * `struct sandbox` how a sandbox is made there.
 */
#ifndef GATEHOUSE_SESSION_H
#define GATEHOUSE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "control.h"
#include "features.h"
#include "verbs.h"

enum { EXIT_REFUSED = 126, EXIT_MISSING = 127 };

#define RUN_USAGE "gatehouse run [--app ID] [--policy FILE] [--level LEVEL] -- COMMAND..."

struct ended {
  int code;          /* what this process is to end with */
  bool ran;          /* the command ran */
  char reason[256];  /* why it did not, or what ended it; empty when it ended by itself */
  unsigned denied;   /* calls that the filter told of */
};

struct sandbox {
  struct plan *plan; /* filled in before anything below is called, but `opened` */

  /*
   * Sets the sandbox up, with the report in `report`. False with `ended` filled in when it cannot be had as the plan
   * wants it; then nothing has run. `command` and `environment` end with NULL.
   */
  bool (*start)(char **command, char **environment, struct report *report, struct ended *ended);

  /* Lets the command go and stays until it has ended and everything of it is gone. `control` may be NULL. */
  void (*serve)(struct control *control, struct ended *ended);

  /* The process that becomes the command, or holds it, as it is called outside. */
  int (*child)(void);

  /* Ends what `start` made, when the command must not go. */
  void (*abandon)(void);

  /* A time that no file can be older than which is written from now on. */
  struct timespec (*now)(void);

  /* The supervisor's door is open; NULL when that is nothing to it. */
  void (*opened)(const char *door);

  /* It is over, before it is looked for what was left behind; NULL when there is nothing to do. */
  void (*over)(const struct report *report);
};

/* Descriptors 0 to 2 must be something, or the next file opened would take their place. */
void session_guard_standard(void);

/* Whoever holds a folder reaches by it what no path leads to: refused as a standard stream. */
void session_refuse_folders(void);

/* `plan FILE [--report FILE] -- COMMAND`: a plan of the caller's own. `argv` begins after the word. */
__attribute__((noreturn)) void session_plan(const struct sandbox *sandbox, int argc, char **argv, char **variables);

/* `run …`: asks the supervisor for a plan and carries it out under its eyes. `argv` begins after the word. */
__attribute__((noreturn)) void session_run(const struct sandbox *sandbox, int argc, char **argv, char **variables);

/* `--explain FILE`: prints a plan. The code to end with. */
int session_explain(const struct sandbox *sandbox, const char *path);

#endif
