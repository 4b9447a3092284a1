#define _GNU_SOURCE
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include "calls.h"

int mapping(uid_t uid, gid_t gid) {
  int hold[2];
  if (pipe2(hold, O_CLOEXEC) != 0) return -1;
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    char byte;
    close(hold[1]);
    ssize_t got = read(hold[0], &byte, 1);
    _exit(got < 0);
  }
  close(hold[0]);
  int found = -1;
  if (child > 0) {
    char path[64];
    char line[64];
    const char *files[] = {"uid_map", "gid_map"};
    bool fine = true;
    for (int i = 0; fine && i < 2; i++) {
      snprintf(path, sizeof path, "/proc/%d/%s", child, files[i]);
      int size = snprintf(line, sizeof line, "0 %u 1\n", i == 0 ? uid : gid);
      int map = open(path, O_WRONLY | O_CLOEXEC);
      fine = map >= 0 && write(map, line, (size_t)size) == size;
      if (map >= 0) close(map);
    }
    snprintf(path, sizeof path, "/proc/%d/ns/user", child);
    if (fine) found = open(path, O_RDONLY | O_CLOEXEC);
  }
  int error = errno;
  close(hold[1]);
  if (child > 0) waitpid(child, NULL, 0);
  errno = error;
  return found;
}
