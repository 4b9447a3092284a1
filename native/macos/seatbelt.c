#include "seatbelt.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Of libSystem, in no header of the SDK: <sandbox.h> has only what is called deprecated there. Chromium and others
 * declare them like this. `sandbox_check` answers 0 for allowed and 1 for denied; without an operation, whether the
 * process is confined at all.
 */
extern int sandbox_init_with_parameters(const char *profile, uint64_t flags, const char *const parameters[], char **error);
extern void sandbox_free_error(char *error);
extern int sandbox_check(pid_t pid, const char *operation, int type, ...);
/* Of <libproc.h>. Answers bytes. */
extern int proc_listpids(uint32_t type, uint32_t what, void *buffer, int size);

enum { FILTER_NONE = 0, FILTER_GLOBAL_NAME = 2, CHECK_NO_REPORT = 0x40000000, OF_USER = 4, MOST_PROCESSES = 32 * 1024 };

bool seatbelt_apply(const struct plan *plan, char *why, size_t size) {
  const struct step *profile = plan_find(plan, V_PROFILE);
  if (profile == NULL) {
    snprintf(why, size, "the plan has no profile");
    return false;
  }
  /* Names and values in turn, ended by NULL. */
  const char **values = calloc(2 * plan->count + 1, sizeof *values);
  if (values == NULL) {
    snprintf(why, size, "there is no memory");
    return false;
  }
  size_t used = 0;
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb != V_PARAM) continue;
    values[used++] = plan->steps[i].words[0];
    values[used++] = plan->steps[i].words[1];
  }
  char *error = NULL;
  int state = sandbox_init_with_parameters(profile->words[0], 0, values, &error);
  free(values);
  if (state != 0) {
    snprintf(why, size, "Seatbelt refuses the profile: %.150s", error == NULL ? "no reason given" : error);
    if (error != NULL) sandbox_free_error(error);
    return false;
  }
  if (sandbox_check(getpid(), NULL, FILTER_NONE) != 1) {
    snprintf(why, size, "the kernel does not say that the profile is in force");
    return false;
  }
  return true;
}

const char *seatbelt_mark(const struct plan *plan) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb == V_PARAM && strcmp(step->words[0], "MARK") == 0 && step->words[1][0] != '\0') return step->words[1];
  }
  return NULL;
}

bool seatbelt_has(pid_t pid, const char *mark) {
  /* What is not confined may look everything up: it is none of ours. */
  if (sandbox_check(pid, NULL, FILTER_NONE) != 1) return false;
  return sandbox_check(pid, "mach-lookup", FILTER_GLOBAL_NAME | CHECK_NO_REPORT, mark) == 0;
}

size_t seatbelt_members(const char *mark, pid_t *members, size_t most) {
  static pid_t all[MOST_PROCESSES];
  int bytes = proc_listpids(OF_USER, (uint32_t)getuid(), all, (int)sizeof all);
  size_t count = bytes > 0 ? (size_t)bytes / sizeof *all : 0;
  size_t found = 0;
  for (size_t i = 0; i < count && found < most; i++) {
    if (all[i] > 1 && all[i] != getpid() && seatbelt_has(all[i], mark)) members[found++] = all[i];
  }
  return found;
}
