#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../client/say.h"
#include "environment.h"
#include "request.h"
#include "watch.h"

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

static void take_plan(struct plan *plan, char *text, size_t size) {
  if (plan_parse(plan, text, size)) return;
  say_exit_code(EXIT_REFUSED);
  block("the launch plan is refused:", plan->problem, NULL);
}

/* Starts the sandbox with the variables that the plan lets in; those of this process are wiped. */
static bool start(const struct sandbox *sandbox, char **command, char **variables, struct report *report, struct ended *ended) {
  char **environment = environment_make(sandbox->plan, variables);
  if (environment == NULL) block("there is no memory", NULL, NULL);
  environment_wipe(variables);
  return sandbox->start(command, environment, report, ended);
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
void session_guard_standard(void) {
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(EXIT_OURS);
  }
}

void session_refuse_folders(void) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat facts;
    if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode))
      block("one of its standard streams is a folder", NULL, "give it a file, a pipe or a terminal");
  }
}

void session_plan(const struct sandbox *sandbox, int argc, char **argv, char **variables) {
  struct report report = {0};
  struct ended ended = {0};
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
  take_plan(sandbox->plan, text, size);
  if (!start(sandbox, argv + at + 1, variables, &report, &ended)) finish(&ended);
  char json[8192];
  size = report_json(&report, json, sizeof json);
  if (told >= 0 && write(told, json, size) != (ssize_t)size) {
    sandbox->abandon();
    block("the report cannot be written:", strerror(errno), NULL);
  }
  if (told >= 0) close(told);
  sandbox->serve(NULL, &ended);
  finish(&ended);
}

enum { MOST_CHANGED = 500, MOST_NAMED = 50 };

struct finder {
  const struct plan *plan;
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
  const char *project = plan_find(finder->plan, V_WATCH)->words[0];
  if (what != LEFT_NAMED && strncmp(path, project, strlen(project)) != 0) return;
  if (what != LEFT_NAMED && ++finder->changed > MOST_CHANGED) return;
  size_t used = (size_t)snprintf(line, sizeof line, "%s", words[what]);
  used += put_encoded(line + used, path);
  line[used++] = '\n';
  control_send(finder->control, line, used);
  if (what == LEFT_NAMED && finder->count++ < MOST_NAMED) finder->named[finder->count - 1] = strdup(path);
}

/* Tells how it ended and prints what the supervisor has to say of it. */
static void settle(const struct plan *plan, struct control *control, const struct ended *ended, struct timespec since) {
  static char text[256 * 1024];
  char line[512];
  struct finder finder = {.plan = plan, .control = control};
  bool whole = watch_look(plan, since, found, &finder);
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

void session_run(const struct sandbox *sandbox, int argc, char **argv, char **variables) {
  static struct control control;
  static char line[MAX_CONTROL_LINE];
  struct report report = {0};
  struct ended ended = {0};
  struct timespec since;
  struct request request = request_read(argc, argv, RUN_USAGE);
  control_open(&control, request.door);
  if (sandbox->opened != NULL) sandbox->opened(request.door);
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
  take_plan(sandbox->plan, text, size);
  since = sandbox->now();
  bool ready = start(sandbox, request.command, variables, &report, &ended);
  if (ready) {
    int used = snprintf(line, sizeof line, "report %s %d ", sandbox->plan->hash, sandbox->child());
    used += (int)report_json(&report, line + used, sizeof line - (size_t)used - 1);
    line[used++] = '\n';
    ready = control_send(&control, line, (size_t)used) && control_line(&control, line, sizeof line) && strcmp(line, "go") == 0;
    if (!ready) {
      sandbox->abandon();
      ended.code = EXIT_REFUSED;
      snprintf(ended.reason, sizeof ended.reason, "%.200s", strncmp(line, "refuse ", 7) == 0 ? decoded(line + 7) : "the supervisor went away");
    }
  }
  if (ready) sandbox->serve(&control, &ended);
  if (sandbox->over != NULL) sandbox->over(&report);
  settle(sandbox->plan, &control, &ended, since);
  finish(&ended);
}

int session_explain(const struct sandbox *sandbox, const char *path) {
  size_t size;
  char *text = read_plan(path, &size);
  take_plan(sandbox->plan, text, size);
  plan_explain(sandbox->plan, stdout);
  return fflush(stdout) == 0 ? 0 : EXIT_OURS;
}
