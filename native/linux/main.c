/*
 * The launcher of sandboxes.
 *
 * `run` asks the supervisor for a plan and carries it out; `plan FILE` carries out a plan of the caller's own, of
 * which the supervisor knows nothing and which nobody calls a sandboxed session; `--explain FILE` prints one.
 * `review` is for the supervisor: see review.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../client/say.h"
#include "control.h"
#include "environment.h"
#include "host.h"
#include "landlock.h"
#include "relay.h"
#include "request.h"
#include "review.h"
#include "watch.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/install.mjs"
#endif
#define USAGE "gatehouse run [--app ID] [--policy FILE] [--level LEVEL] -- COMMAND..."

static struct launch launch;

/* The whole file; ends the process when it cannot be read. */
static char *read_plan(const char *path, size_t *size) {
  int file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  char *text = malloc(MAX_PLAN_BYTES + 1);
  if (file < 0 || text == NULL) block("the plan cannot be read:", strerror(errno), NULL);
  *size = 0;
  for (;;) {
    ssize_t got = read(file, text + *size, MAX_PLAN_BYTES + 1 - *size);
    if (got < 0) block("the plan cannot be read:", strerror(errno), NULL);
    if (got == 0) return text;
    *size += (size_t)got;
    if (*size > MAX_PLAN_BYTES) block("the plan is too long", NULL, NULL);
  }
}

static void take_plan(char *text, size_t size) {
  if (plan_parse(&launch.plan, text, size)) return;
  say_exit_code(EXIT_REFUSED);
  block("the launch plan is refused:", launch.plan.problem, NULL);
}

/* Everything about this process that the inner half needs. */
static void prepare(char **command, char **variables) {
  const struct step *user = plan_find(&launch.plan, V_UID);
  launch.command = command;
  launch.from_root = geteuid() == 0;
  launch.uid = launch.from_root ? (user == NULL ? 0 : (uid_t)user->number) : geteuid();
  launch.gid = launch.from_root ? launch.uid : getegid();
  for (size_t i = 0; i < launch.plan.count; i++) launch.trees[i] = -1;
  launch.layers = -1;
  for (int fd = 0; fd < 3; fd++) {
    launch.terminal[fd] = isatty(fd) == 1;
    launch.has_terminal = launch.has_terminal || launch.terminal[fd];
  }
  launch.environment = environment_make(&launch.plan, variables);
  if (launch.environment == NULL) block("there is no memory", NULL, NULL);
  environment_wipe(variables);
}

__attribute__((noreturn)) static void finish(const struct ended *ended) {
  if (ended->reason[0] != '\0') {
    say_exit_code(ended->code);
    say_subject(ended->ran ? "the command was ended" : "the command was not run");
    block(ended->reason, NULL, NULL);
  }
  _exit(ended->code);
}

/* Descriptors 0 to 2 must be something, or the next file opened would take their place. */
static void guard_standard(void) {
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(EXIT_OURS);
  }
}

/* Whoever holds a folder climbs out of the view by it, and Landlock does not see every change that a path makes. */
static void refuse_folders(void) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat facts;
    if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode))
      block("one of its standard streams is a folder", NULL, "give it a file, a pipe or a terminal");
  }
}

static int run_plan(int argc, char **argv, char **variables) {
  struct report report;
  struct ended ended;
  size_t size;
  int told = -1;
  int at = 1;
  if (argc > 2 && strcmp(argv[1], "--report") == 0) {
    told = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (told < 0) block("the report cannot be written:", strerror(errno), NULL);
    at = 3;
  }
  if (argc < at + 2 || strcmp(argv[at], "--") != 0) block("usage: gatehouse-sandbox plan FILE [--report FILE] -- COMMAND...", NULL, NULL);
  char *text = read_plan(argv[0], &size);
  take_plan(text, size);
  prepare(argv + at + 1, variables);
  if (!host_start(&launch, &report, &ended)) finish(&ended);
  char json[8192];
  if (told >= 0) {
    size = report_json(&report, json, sizeof json);
    if (write(told, json, size) != (ssize_t)size) block("the report cannot be written:", strerror(errno), NULL);
    close(told);
  }
  host_serve(&launch, NULL, &ended);
  finish(&ended);
}

enum { MOST_CHANGED = 500, MOST_NAMED = 50 };

struct finder {
  struct control *control;
  unsigned long changed;
  char *named[MOST_NAMED]; /* the first of them, for the person */
  unsigned long count;
};

/* The supervisor is not there to say what became of them: the person is told what to look at. */
static void warn_of(const struct finder *finder) {
  if (finder->count == 0) return;
  fputs("gatehouse: Gatehouse did not say what it took away. Look first at these, which git, agents, editors or shells obey:\n", stderr);
  for (unsigned long i = 0; i < finder->count && i < MOST_NAMED; i++) {
    struct stat facts;
    if (finder->named[i] == NULL) continue;
    const char *state = lstat(finder->named[i], &facts) == 0 ? "is there" : "is in quarantine, in Gatehouse's data folder";
    for (unsigned char *c = (unsigned char *)finder->named[i]; *c != '\0'; c++) {
      if (*c < 0x20 || *c >= 0x7f) *c = '?';
    }
    fprintf(stderr, "gatehouse:   %s (%s)\n", finder->named[i], state);
  }
  if (finder->count > MOST_NAMED) fprintf(stderr, "gatehouse:   and %lu more\n", finder->count - MOST_NAMED);
}

static void found(const char *path, enum left what, void *context) {
  static const char *const words[] = {"found ", "changed file ", "changed program ", "changed link ", "changed special "};
  struct finder *finder = context;
  char line[3 * PATH_MAX + 32];
  /* The first folder that is looked through is the project. */
  const char *project = plan_find(&launch.plan, V_WATCH)->words[0];
  if (what != LEFT_NAMED && strncmp(path, project, strlen(project)) != 0) return;
  if (what != LEFT_NAMED && ++finder->changed > MOST_CHANGED) return;
  size_t used = (size_t)snprintf(line, sizeof line, "%s", words[what]);
  used += put_encoded(line + used, path);
  line[used++] = '\n';
  control_send(finder->control, line, used);
  if (what == LEFT_NAMED && finder->count++ < MOST_NAMED) finder->named[finder->count - 1] = strdup(path);
}

/* Tells how it ended and prints what the supervisor has to say of it. */
static void settle(struct control *control, const struct ended *ended, struct timespec since) {
  static char text[256 * 1024];
  char line[512];
  struct finder finder = {.control = control};
  bool whole = watch_look(&launch.plan, since, found, &finder);
  int size = snprintf(line, sizeof line, "changes %lu\n", finder.changed);
  control_send(control, line, (size_t)size);
  size = snprintf(line, sizeof line, "ended %d %d %u %d ", ended->code, ended->ran, ended->denied, whole);
  size += (int)put_encoded(line + size, ended->reason);
  line[size++] = '\n';
  size_t length = 0;
  if (!control_send(control, line, (size_t)size) || !control_line(control, line, sizeof line) ||
      sscanf(line, "summary %zu", &length) != 1 || length >= sizeof text || !control_bytes(control, text, length)) {
    warn_of(&finder);
    return;
  }
  ssize_t written = write(STDERR_FILENO, text, length);
  (void)written;
}

/* What a session wrote to a copy of the project is not in the project, and is reviewed before it gets there. */
static void unwatch_copy(const struct report *report) {
  const struct step *copy = plan_find(&launch.plan, V_COW);
  if (copy == NULL || report->state[HAS_SNAPSHOT] != '+') return;
  size_t kept = 0;
  for (size_t i = 0; i < launch.plan.count; i++) {
    struct step *step = &launch.plan.steps[i];
    if (step->verb != V_WATCH || strcmp(step->words[0], copy->words[1]) != 0) launch.plan.steps[kept++] = *step;
  }
  launch.plan.count = kept;
}

static int run_command(int argc, char **argv, char **variables) {
  static struct control control;
  static char line[MAX_CONTROL_LINE];
  struct report report = {0};
  struct ended ended;
  struct timespec since;
  struct request request = request_read(argc, argv, USAGE);
  control_open(&control, request.door);
  relay_start(request.door);
  request_send(&control, &request, variables);
  if (!control_line(&control, line, sizeof line)) block("the supervisor went away", NULL, "see `gatehouse status`");
  size_t size = 0;
  if (strncmp(line, "refuse ", 7) == 0) {
    say_exit_code(EXIT_REFUSED);
    block(decoded(line + 7), NULL, NULL);
  }
  if (sscanf(line, "plan %zu", &size) != 1 || size > MAX_PLAN_BYTES) block("the supervisor's answer is not understood", NULL, "restart Gatehouse");
  char *text = malloc(size + 1);
  if (text == NULL || !control_bytes(&control, text, size)) block("the supervisor went away", NULL, "see `gatehouse status`");
  take_plan(text, size);
  prepare(request.command, variables);
  clock_gettime(CLOCK_REALTIME_COARSE, &since);
  bool ready = host_start(&launch, &report, &ended);
  if (ready) {
    int used = snprintf(line, sizeof line, "report %s %d ", launch.plan.hash, host_child());
    used += (int)report_json(&report, line + used, sizeof line - (size_t)used - 1);
    line[used++] = '\n';
    ready = control_send(&control, line, (size_t)used) && control_line(&control, line, sizeof line) && strcmp(line, "go") == 0;
    if (!ready) {
      host_abandon();
      ended.code = EXIT_REFUSED;
      snprintf(ended.reason, sizeof ended.reason, "%.200s", strncmp(line, "refuse ", 7) == 0 ? decoded(line + 7) : "the supervisor went away");
    }
  }
  if (ready) host_serve(&launch, &control, &ended);
  unwatch_copy(&report);
  settle(&control, &ended, since);
  finish(&ended);
}

static int explain(const char *path) {
  size_t size;
  char *text = read_plan(path, &size);
  take_plan(text, size);
  plan_explain(&launch.plan, stdout);
  return fflush(stdout) == 0 ? 0 : EXIT_OURS;
}

int main(int argc, char **argv, char **variables) {
  guard_standard();
  say_exit_code(EXIT_OURS);
  say_subject("the command was not run");
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    puts("gatehouse-sandbox " GATEHOUSE_VERSION);
    return 0;
  }
  if (argc == 3 && strcmp(argv[1], "--explain") == 0) return explain(argv[2]);
  if (argc > 2 && strcmp(argv[1], "review") == 0) return review_run(argc - 2, argv + 2);
  refuse_folders();
  if (argc > 2 && strcmp(argv[1], "plan") == 0) return run_plan(argc - 2, argv + 2, variables);
  if (argc > 1 && strcmp(argv[1], "run") == 0) return run_command(argc - 2, argv + 2, variables);
  block("usage:", USAGE, NULL);
}
