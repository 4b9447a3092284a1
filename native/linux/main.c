/*
 * The launcher of sandboxes.
 *
 * `run` asks the supervisor for a plan and carries it out; `plan FILE` carries out a plan of the caller's own, of
 * which the supervisor knows nothing and which nobody calls a sandboxed session; `--explain FILE` prints one.
 * `review` is for the supervisor: see review.h.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../client/say.h"
#include "host.h"
#include "relay.h"
#include "review.h"
#include "session.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/install.mjs"
#endif

static struct launch launch;

/* Everything about this process that the inner half needs, then both halves. */
static bool start(char **command, char **environment, struct report *report, struct ended *ended) {
  const struct step *user = plan_find(&launch.plan, V_UID);
  launch.command = command;
  launch.environment = environment;
  launch.from_root = geteuid() == 0;
  launch.uid = launch.from_root ? (user == NULL ? 0 : (uid_t)user->number) : geteuid();
  launch.gid = launch.from_root ? launch.uid : getegid();
  for (size_t i = 0; i < launch.plan.count; i++) launch.trees[i] = -1;
  launch.layers = -1;
  for (int fd = 0; fd < 3; fd++) {
    launch.terminal[fd] = isatty(fd) == 1;
    launch.has_terminal = launch.has_terminal || launch.terminal[fd];
  }
  return host_start(&launch, report, ended);
}

static void serve(struct control *control, struct ended *ended) { host_serve(&launch, control, ended); }

static struct timespec now(void) {
  struct timespec time;
  /* The clock that file systems take their times from. */
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time;
}

/* What a session wrote to a copy of the project is not in the project, and is reviewed before it gets there. */
static void over(const struct report *report) {
  const struct step *copy = plan_find(&launch.plan, V_COW);
  if (copy == NULL || report->state[HAS_SNAPSHOT] != '+') return;
  size_t kept = 0;
  for (size_t i = 0; i < launch.plan.count; i++) {
    struct step *step = &launch.plan.steps[i];
    if (step->verb != V_WATCH || strcmp(step->words[0], copy->words[1]) != 0) launch.plan.steps[kept++] = *step;
  }
  launch.plan.count = kept;
}

static const struct sandbox sandbox = {
    .plan = &launch.plan,
    .start = start,
    .serve = serve,
    .child = host_child,
    .abandon = host_abandon,
    .now = now,
    .opened = relay_start,
    .over = over,
};

int main(int argc, char **argv, char **variables) {
  session_guard_standard();
  say_exit_code(EXIT_OURS);
  say_subject("the command was not run");
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    puts("gatehouse-sandbox " GATEHOUSE_VERSION);
    return 0;
  }
  if (argc == 3 && strcmp(argv[1], "--explain") == 0) return session_explain(&sandbox, argv[2]);
  if (argc > 2 && strcmp(argv[1], "review") == 0) return review_run(argc - 2, argv + 2);
  session_refuse_folders();
  if (argc > 2 && strcmp(argv[1], "plan") == 0) session_plan(&sandbox, argc - 2, argv + 2, variables);
  if (argc > 1 && strcmp(argv[1], "run") == 0) session_run(&sandbox, argc - 2, argv + 2, variables);
  block("usage:", RUN_USAGE, NULL);
}
