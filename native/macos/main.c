/*
 * The launcher of sandboxes on macOS.
 *
 * `run` asks the supervisor for a plan and carries it out; `plan FILE` carries out a plan of the caller's own, of
 * which the supervisor knows nothing; `--explain FILE` prints one; `facts PID MARK` says what the kernel knows of a
 * process. Plan and control connection are those of Linux.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../client/say.h"
#include "../linux/session.h"
#include "box.h"
#include "facts.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/compile.mjs"
#endif

static struct plan plan;

/* An own user's process as root would be root's inside too: Seatbelt knows no users. */
static void refuse_root(void) {
  if (geteuid() != 0) return;
  say_exit_code(EXIT_REFUSED);
  block("a command never runs as root", NULL, "start it as an ordinary user");
}

static bool start(char **command, char **environment, struct report *report, struct ended *ended) {
  return box_start(&plan, command, environment, report, ended);
}

static void serve(struct control *control, struct ended *ended) { box_serve(&plan, control, ended); }

static struct timespec now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  /* File systems tell times less finely than the clock. */
  time.tv_sec -= 1;
  return time;
}

static const struct sandbox sandbox = {
    .plan = &plan,
    .start = start,
    .serve = serve,
    .child = box_child,
    .abandon = box_abandon,
    .now = now,
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
  if (argc == 4 && strcmp(argv[1], "facts") == 0) return facts_tell((pid_t)atoi(argv[2]), argv[3]);
  session_refuse_folders();
  refuse_root();
  if (argc > 2 && strcmp(argv[1], "plan") == 0) session_plan(&sandbox, argc - 2, argv + 2, variables);
  if (argc > 1 && strcmp(argv[1], "run") == 0) session_run(&sandbox, argc - 2, argv + 2, variables);
  block("usage:", RUN_USAGE, NULL);
}
