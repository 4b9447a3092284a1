/*
 * The launcher of sandboxes on macOS.
 *
 * `run` asks the supervisor for a plan and carries it out; `plan FILE` carries out a plan of the caller's own, of
 * which the supervisor knows nothing; `--explain FILE` prints one; `facts PID MARK` says what the kernel knows of a
 * process. Plan and control connection are those of Linux.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../client/say.h"
#include "../linux/environment.h"
#include "../linux/request.h"
#include "../linux/watch.h"
#include "box.h"
#include "facts.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/compile.mjs"
#endif
#define USAGE "gatehouse run [--app ID] [--policy FILE] [--level LEVEL] -- COMMAND..."

enum { MOST_CHANGED = 500 };

static struct plan plan;

static char *read_plan(const char *path, size_t *size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  char *text = malloc(MAX_PLAN_BYTES + 1);
  if (file < 0 || text == NULL) block("the plan cannot be read:", strerror(errno), NULL);
  for (*size = 0; *size <= MAX_PLAN_BYTES;) {
    ssize_t got = read(file, text + *size, MAX_PLAN_BYTES + 1 - *size);
    if (got < 0) block("the plan cannot be read:", strerror(errno), NULL);
    if (got == 0) return text;
    *size += (size_t)got;
  }
  block("the plan is too long", NULL, NULL);
}

static void take_plan(char *text, size_t size) {
  if (plan_parse(&plan, text, size)) return;
  say_exit_code(EXIT_REFUSED);
  block("the launch plan is refused:", plan.problem, NULL);
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

/* Whoever holds a folder reaches by it what no path leads to. */
static void refuse_folders(void) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat facts;
    if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode))
      block("one of its standard streams is a folder", NULL, "give it a file, a pipe or a terminal");
  }
}

/* An own user's process as root would be root's inside too: Seatbelt knows no users. */
static void refuse_root(void) {
  if (geteuid() != 0) return;
  say_exit_code(EXIT_REFUSED);
  block("a command never runs as root", NULL, "start it as an ordinary user");
}

static char **make_environment(char **variables) {
  char **environment = environment_make(&plan, variables);
  if (environment == NULL) block("there is no memory", NULL, NULL);
  environment_wipe(variables);
  return environment;
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
  if (!box_start(&plan, argv + at + 1, make_environment(variables), &report, &ended)) finish(&ended);
  char json[8192];
  size = report_json(&report, json, sizeof json);
  if (told >= 0 && write(told, json, size) != (ssize_t)size) {
    box_abandon();
    block("the report cannot be written:", strerror(errno), NULL);
  }
  if (told >= 0) close(told);
  box_serve(&plan, NULL, &ended);
  finish(&ended);
}

struct finder {
  struct control *control;
  unsigned long changed;
  unsigned long named;
};

static void found(const char *path, enum left what, void *context) {
  static const char *const words[] = {"found ", "changed file ", "changed program ", "changed link ", "changed special "};
  struct finder *finder = context;
  char line[3 * PATH_MAX + 32];
  /* The first folder that is looked through is the project. */
  const char *project = plan_find(&plan, V_WATCH)->words[0];
  if (what != LEFT_NAMED && strncmp(path, project, strlen(project)) != 0) return;
  if (what != LEFT_NAMED && ++finder->changed > MOST_CHANGED) return;
  if (what == LEFT_NAMED) finder->named++;
  size_t used = (size_t)snprintf(line, sizeof line, "%s", words[what]);
  used += put_encoded(line + used, path);
  line[used++] = '\n';
  control_send(finder->control, line, used);
}

/* Tells how it ended and prints what the supervisor has to say of it. */
static void settle(struct control *control, const struct ended *ended, struct timespec since) {
  static char text[256 * 1024];
  static char line[MAX_CONTROL_LINE];
  struct finder finder = {.control = control};
  bool whole = watch_look(&plan, since, found, &finder);
  int size = snprintf(line, sizeof line, "changes %lu\n", finder.changed);
  control_send(control, line, (size_t)size);
  size = snprintf(line, sizeof line, "ended %d %d 0 %d ", ended->code, ended->ran, whole);
  size += (int)put_encoded(line + size, ended->reason);
  line[size++] = '\n';
  size_t length = 0;
  if (!control_send(control, line, (size_t)size) || !control_line(control, line, sizeof line) ||
      sscanf(line, "summary %zu", &length) != 1 || length >= sizeof text || !control_bytes(control, text, length)) {
    if (finder.named > 0)
      fprintf(stderr, "gatehouse: Gatehouse did not say what it took away: look for new git hooks and settings in the project\n");
    return;
  }
  ssize_t written = write(STDERR_FILENO, text, length);
  (void)written;
}

static int run_command(int argc, char **argv, char **variables) {
  static struct control control;
  static char line[MAX_CONTROL_LINE];
  struct report report;
  struct ended ended;
  struct timespec since;
  struct request request = request_read(argc, argv, USAGE);
  control_open(&control, request.door);
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
  clock_gettime(CLOCK_REALTIME, &since);
  /* File systems tell times less finely than the clock. */
  since.tv_sec -= 1;
  bool ready = box_start(&plan, request.command, make_environment(variables), &report, &ended);
  if (ready) {
    int used = snprintf(line, sizeof line, "report %s %d ", plan.hash, box_child());
    used += (int)report_json(&report, line + used, sizeof line - (size_t)used - 1);
    line[used++] = '\n';
    ready = control_send(&control, line, (size_t)used) && control_line(&control, line, sizeof line) && strcmp(line, "go") == 0;
    if (!ready) {
      box_abandon();
      ended.code = EXIT_REFUSED;
      snprintf(ended.reason, sizeof ended.reason, "%.200s", strncmp(line, "refuse ", 7) == 0 ? decoded(line + 7) : "the supervisor went away");
    }
  }
  if (ready) box_serve(&plan, &control, &ended);
  settle(&control, &ended, since);
  finish(&ended);
}

static int explain(const char *path) {
  size_t size;
  char *text = read_plan(path, &size);
  take_plan(text, size);
  plan_explain(&plan, stdout);
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
  if (argc == 4 && strcmp(argv[1], "facts") == 0) return facts_tell((pid_t)atoi(argv[2]), argv[3]);
  refuse_folders();
  refuse_root();
  if (argc > 2 && strcmp(argv[1], "plan") == 0) return run_plan(argc - 2, argv + 2, variables);
  if (argc > 1 && strcmp(argv[1], "run") == 0) return run_command(argc - 2, argv + 2, variables);
  block("usage:", USAGE, NULL);
}
