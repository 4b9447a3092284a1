#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "seatbelt.h"

enum { MOST_AT_ONCE = 1024, MOST_ROUNDS = 4096 };

static void tell(int say, enum told what, int error, int closed, const char *text) {
  struct told_words words;
  memset(&words, 0, sizeof words);
  words.what = what;
  words.error = error;
  words.closed = closed;
  snprintf(words.text, sizeof words.text, "%s", text);
  const char *from = (const char *)&words;
  for (size_t left = sizeof words; left > 0;) {
    ssize_t sent = write(say, from, left);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) _exit(125);
    from += sent;
    left -= (size_t)sent;
  }
}

__attribute__((noreturn)) static void refuse(int say, const char *what, const char *why) {
  char text[200];
  snprintf(text, sizeof text, "%s%s%s", what, why == NULL ? "" : ": ", why == NULL ? "" : why);
  tell(say, TOLD_REFUSED, 0, 0, text);
  _exit(125);
}

/* Descriptors above the standard ones that are neither of the pipes; -1 when they cannot be listed. */
static int others(int say, int go, int *found, int most) {
  DIR *folder = opendir("/dev/fd");
  if (folder == NULL) return -1;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < most;) {
    char *end;
    long fd = strtol(entry->d_name, &end, 10);
    if (*end != '\0' || end == entry->d_name) continue;
    if (fd > 2 && fd != say && fd != go && fd != dirfd(folder)) found[count++] = (int)fd;
  }
  closedir(folder);
  return count;
}

/* Closes what was inherited until nothing of it is left. Answers how many there were; -1 when that cannot be told. */
static int close_others(int say, int go) {
  int found[MOST_AT_ONCE];
  int closed = 0;
  for (int round = 0; round < MOST_ROUNDS; round++) {
    int count = others(say, go, found, MOST_AT_ONCE);
    if (count <= 0) return count < 0 ? -1 : closed;
    for (int i = 0; i < count; i++) close(found[i]);
    closed += count;
  }
  return -1;
}

static bool limit(int resource, long long most) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0) return false;
  rlim_t wanted = (rlim_t)most;
  /* Never up: a lower limit of whoever started this stays. */
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < wanted) wanted = now.rlim_max;
  struct rlimit set = {wanted, wanted};
  return setrlimit(resource, &set) == 0;
}

/* Only what this system bounds for one process: memory, and processes of one sandbox, it does not. */
static bool set_limits(const struct plan *plan) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != V_LIMIT) continue;
    const char *what = step->words[0];
    if (strcmp(what, "core") == 0 && !limit(RLIMIT_CORE, step->number)) return false;
    if (strcmp(what, "files") == 0 && !limit(RLIMIT_NOFILE, step->number)) return false;
    if (strcmp(what, "filesize") == 0 && !limit(RLIMIT_FSIZE, step->number)) return false;
  }
  return true;
}

static void plain_signals(void) {
  sigset_t none;
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As a shell looks for it, in the PATH of the command's own environment. Answers errno. */
static int become(char **command, char **environment) {
  char path[PATH_MAX];
  const char *name = command[0];
  if (strchr(name, '/') != NULL) {
    execve(name, command, environment);
    return errno;
  }
  const char *folders = NULL;
  for (size_t i = 0; environment[i] != NULL; i++) {
    if (strncmp(environment[i], "PATH=", 5) == 0) folders = environment[i] + 5;
  }
  int error = ENOENT;
  while (folders != NULL && *folders != '\0') {
    size_t length = strcspn(folders, ":");
    if (folders[0] == '/' && (size_t)snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name) < sizeof path) {
      execve(path, command, environment);
      if (errno != ENOENT && errno != ENOTDIR && (errno != EPERM || error == ENOENT)) error = errno;
    }
    folders += length + (folders[length] == ':');
  }
  return error;
}

void inside_run(const struct plan *plan, char **command, char **environment, int say, int go) {
  char why[200];
  char byte;
  /* Without the caller's terminal nothing can be typed into it from inside (TIOCSTI). */
  if (setsid() < 0) refuse(say, "no session of its own", strerror(errno));
  plain_signals();
  const struct step *cwd = plan_find(plan, V_CWD);
  if (cwd == NULL || chdir(cwd->words[0]) != 0) refuse(say, "it cannot start in its folder", cwd == NULL ? NULL : strerror(errno));
  if (!set_limits(plan)) refuse(say, "its limits cannot be set", strerror(errno));
  int closed = close_others(say, go);
  if (closed < 0) refuse(say, "what it inherits cannot be closed", NULL);
  if (!seatbelt_apply(plan, why, sizeof why)) refuse(say, why, NULL);
  tell(say, TOLD_READY, 0, closed, "");
  ssize_t got;
  while ((got = read(go, &byte, 1)) < 0 && errno == EINTR) continue;
  if (got != 1) _exit(125);
  int error = become(command, environment);
  tell(say, TOLD_NO_EXEC, error, 0, command[0]);
  _exit(125);
}
