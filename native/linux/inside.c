#define _GNU_SOURCE
#include "inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "calls.h"
#include "drop.h"
#include "filter.h"
#include "landlock.h"
#include "view.h"

static struct message told;

__attribute__((noreturn)) static void refuse(const struct launch *launch) {
  told.word = W_REFUSED;
  say(launch->talk, &told, NULL, 0);
  _exit(EXIT_REFUSED);
}

static bool write_whole(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t length = strlen(text);
  bool fine = write(file, text, length) == (ssize_t)length;
  int error = errno;
  close(file);
  errno = error;
  return fine;
}

static bool become_user(const struct launch *launch) {
  if (launch->from_root) {
    struct message answer;
    int none[MAX_PASSED];
    size_t count;
    if (!hear(launch->talk, &answer, none, &count) || answer.word != W_MAPPED) _exit(EXIT_REFUSED);
    /* The groups of whoever started it open files of theirs, mapped here or not: the command has none of them. */
    return setgroups(0, NULL) == 0 && getgroups(0, NULL) == 0 &&
           setresgid(launch->gid, launch->gid, launch->gid) == 0 && setresuid(launch->uid, launch->uid, launch->uid) == 0;
  }
  char line[64];
  if (!write_whole("/proc/self/setgroups", "deny")) return false;
  snprintf(line, sizeof line, "%u %u 1\n", launch->uid, launch->uid);
  if (!write_whole("/proc/self/uid_map", line)) return false;
  snprintf(line, sizeof line, "%u %u 1\n", launch->gid, launch->gid);
  return write_whole("/proc/self/gid_map", line);
}

/* The loopback interface of the empty network, and the sockets that the host half serves. */
static bool open_network(const struct launch *launch, int *sockets, size_t *count) {
  int any = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (any < 0) return false;
  struct ifreq loopback = {.ifr_flags = IFF_UP | IFF_RUNNING};
  snprintf(loopback.ifr_name, sizeof loopback.ifr_name, "lo");
  bool fine = ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
  close(any);
  for (size_t i = 0; fine && i < launch->plan.count; i++) {
    const struct step *step = &launch->plan.steps[i];
    if (step->verb != V_LISTEN || *count == MAX_LISTENERS) continue;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)step->number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fine = listener >= 0 && bind(listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(listener, 128) == 0;
    if (fine) sockets[(*count)++] = listener;
  }
  return fine;
}

static int open_terminal(void) {
  int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  int unlocked = 0;
  if (master >= 0 && ioctl(master, TIOCSPTLCK, &unlocked) == 0) return master;
  return -1;
}

static void set_up(struct launch *launch) {
  char *why = told.text;
  size_t size = sizeof told.text;
  struct report *report = &told.report;
  int passed[MAX_PASSED];
  size_t count = 0;
  if (!become_user(launch)) {
    snprintf(why, size, "this system gives no user namespace to its users: %s" ASK_DOCTOR, strerror(errno));
    refuse(launch);
  }
  report_on(report, HAS_USER, "user %u", launch->uid);
  report_on(report, HAS_PID, "its own");
  if (plan_word(&launch->plan, V_NS, "ipc") != NULL) report_on(report, HAS_IPC, "its own");
  if (plan_word(&launch->plan, V_NS, "uts") != NULL) report_on(report, HAS_UTS, "its own");
  if (plan_word(&launch->plan, V_NS, "cgroup") != NULL) report_on(report, HAS_CGROUP_NS, "its own");
  if (plan_word(&launch->plan, V_NET, "empty") != NULL) {
    if (!open_network(launch, passed, &count)) {
      snprintf(why, size, "the empty network cannot be set up: %s", strerror(errno));
      refuse(launch);
    }
    report_on(report, HAS_NET, "empty");
  } else {
    report_off(report, HAS_NET, "the plan leaves it the network of this computer");
  }
  const struct step *name = plan_find(&launch->plan, V_HOSTNAME);
  if (name != NULL && sethostname(name->words[0], strlen(name->words[0])) != 0) {
    snprintf(why, size, "the host name cannot be set: %s", strerror(errno));
    refuse(launch);
  }
  if (!view_build(launch, report, why, size)) refuse(launch);
  int master = -1;
  if (launch->has_terminal) {
    master = open_terminal();
    if (master < 0) {
      snprintf(why, size, "there is no terminal for it: %s", strerror(errno));
      refuse(launch);
    }
    report_on(report, HAS_TERMINAL, "its own");
    passed[count++] = master;
  }
  if (!drop_privileges(report, why, size) || !drop_limits(&launch->plan, report, why, size)) refuse(launch);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    snprintf(why, size, "the end of the launcher would not be noticed: %s", strerror(errno));
    refuse(launch);
  }
  if (!landlock_apply(&launch->plan, report, why, size)) refuse(launch);
  told.word = W_SOCKETS;
  if (!say(launch->talk, &told, passed, count)) _exit(EXIT_REFUSED);
  for (size_t i = 0; i < count; i++) close(passed[i]);
}

static struct filter_options filter_of(const struct plan *plan) {
  return (struct filter_options){.allow_unix = plan_word(plan, V_ALLOW, "unix") != NULL,
                                 .allow_route = plan_word(plan, V_ALLOW, "route") != NULL,
                                 .notify = plan_find(plan, V_NOTIFY) != NULL};
}

/* Of the command's process: everything up to the exec. What fails is told over `talk`. */
__attribute__((noreturn)) static void become_command(struct launch *launch, int gate) {
  const struct step *cwd = plan_find(&launch->plan, V_CWD);
  const char *what = "its terminal";
  setsid();
  if (launch->has_terminal) {
    int slave = open("/dev/pts/0", O_RDWR | O_CLOEXEC);
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) goto failed;
    for (int fd = 0; fd < 3; fd++) {
      if (launch->terminal[fd] && dup2(slave, fd) < 0) goto failed;
    }
  }
  what = "its folder";
  if (cwd != NULL && chdir(cwd->words[0]) != 0) goto failed;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  what = "memory that cannot become executable";
  if (plan_find(&launch->plan, V_MDWE) != NULL) {
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0) report_on(&told.report, HAS_MDWE, "set");
    else if (errno == EINVAL) report_off(&told.report, HAS_MDWE, "this kernel cannot");
    else goto failed;
  }
  /* All that was inherited goes with the exec, the line to the host half too. */
  what = "inherited descriptors";
  if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) goto failed;
  report_on(&told.report, HAS_DESCRIPTORS, "closed");
  struct filter_options options = filter_of(&launch->plan);
  int listener = -1;
  what = "the filter of system calls";
  if (options.notify) {
    listener = filter_install(&options);
    if (listener < 0) goto failed;
    report_on(&told.report, HAS_NOTIFY, "denied calls are told");
  }
  report_on(&told.report, HAS_SECCOMP, "set");
  told.word = W_READY;
  if (!say(launch->talk, &told, &listener, options.notify ? 1 : 0)) _exit(EXIT_REFUSED);
  char byte;
  if (read(gate, &byte, 1) != 1) _exit(EXIT_REFUSED);
  what = launch->command[0];
  told.text[0] = '\0';
  environ = launch->environment;
  execvp(launch->command[0], launch->command);
failed:
  told.word = W_NO_EXEC;
  told.value = errno;
  snprintf(told.text, sizeof told.text, "%s", what);
  say(launch->talk, &told, NULL, 0);
  _exit(EXIT_MISSING);
}

static void nothing(int number) { (void)number; }

/* Reaps until the command itself has ended. The host half says when to go and what to signal; when it goes, all ends. */
static int reap(const struct launch *launch, pid_t command, int gate, const sigset_t *waiting) {
  for (;;) {
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended == command) return status;
    }
    struct pollfd watched = {.fd = launch->talk, .events = POLLIN};
    if (ppoll(&watched, 1, NULL, waiting) <= 0) continue;
    struct message order;
    int none[MAX_PASSED];
    size_t count;
    if (!hear(launch->talk, &order, none, &count)) _exit(EXIT_REFUSED);
    if (order.word == W_GO && write(gate, "", 1) != 1) _exit(EXIT_REFUSED);
    if (order.word == W_SIGNAL && kill(-command, order.value) != 0) kill(command, order.value);
  }
}

void inside_run(struct launch *launch) {
  sigset_t children;
  sigset_t before;
  int gate[2];
  set_up(launch);
  /* One filter for this process and the command; where calls are told, the command has one of its own. */
  struct filter_options options = filter_of(&launch->plan);
  bool notify = options.notify;
  options.notify = false;
  if (!notify && filter_install(&options) < 0) {
    snprintf(told.text, sizeof told.text, "the filter of system calls cannot be set: %s", strerror(errno));
    refuse(launch);
  }
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, &before);
  sigdelset(&before, SIGCHLD);
  signal(SIGCHLD, nothing);
  pid_t command = pipe2(gate, O_CLOEXEC) == 0 ? fork() : -1;
  if (command == 0) {
    close(gate[1]);
    become_command(launch, gate[0]);
  }
  told.word = W_NO_EXEC;
  told.value = errno;
  if (command < 0) {
    say(launch->talk, &told, NULL, 0);
    _exit(EXIT_MISSING);
  }
  /* This process holds nothing of the caller's: the end of a pipe is seen by whoever waits for it. */
  for (int fd = 0; fd < 3; fd++) close(fd);
  close(gate[0]);
  if (notify && filter_install(&options) < 0) _exit(EXIT_REFUSED);
  told.value = reap(launch, command, gate[1], &before);
  told.word = W_ENDED;
  say(launch->talk, &told, NULL, 0);
  _exit(0);
}
