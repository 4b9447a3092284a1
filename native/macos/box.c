#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../client/clock.h"
#include "inside.h"
#include "seatbelt.h"

enum { MOST_MEMBERS = 4096, MOST_ROUNDS = 500, ROUND_US = 10 * 1000 };

static struct {
  pid_t child;
  int said;     /* what the child says */
  int go;       /* closed without a byte: it ends */
  int signals[2];
  bool over;    /* the child has ended; its number is kept until everything of it is gone */
} box = {.said = -1, .go = -1, .signals = {-1, -1}};

static bool no(struct ended *ended, int code, const char *format, const char *detail) {
  ended->code = code;
  snprintf(ended->reason, sizeof ended->reason, format, detail);
  return false;
}

static bool hidden_pipe(int ends[2]) {
  if (pipe(ends) != 0) return false;
  return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
}

/* False when the child ended before it said something whole. */
static bool hear(struct told_words *words) {
  char *to = (char *)words;
  for (size_t left = sizeof *words; left > 0;) {
    ssize_t got = read(box.said, to, left);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    left -= (size_t)got;
  }
  words->text[sizeof words->text - 1] = '\0';
  return true;
}

static void tell_report(const struct plan *plan, int closed, struct report *report) {
  memset(report, 0, sizeof *report);
  report_on(report, HAS_SEATBELT, "the kernel says that it is confined");
  report_on(report, HAS_OWN_SESSION, "a session and process group without the caller's terminal");
  report_on(report, HAS_DESCRIPTORS, "%d closed", closed);
  if (plan_word(plan, V_NET, "empty") != NULL) report_on(report, HAS_NET, "no address but the proxy's ports");
  else report_off(report, HAS_NET, "the network of this computer, as the policy says");
  if (plan_word(plan, V_LEVEL, "standard") == NULL) report_on(report, HAS_IPC, "no shared memory and no locks of others");
  report_off(report, HAS_PROCESSES, "this system counts those of a user, not of a sandbox");
  report_off(report, HAS_MEMORY, "this system bounds none for a process");
  if (plan_find(plan, V_SESSION) != NULL) report_on(report, HAS_SESSION, "by the launcher");
  if (plan_find(plan, V_IDLE) != NULL) report_off(report, HAS_IDLE, "the launcher does not see what moves");
}

bool box_start(const struct plan *plan, char **command, char **environment, struct report *report, struct ended *ended) {
  int said[2];
  int go[2];
  memset(ended, 0, sizeof *ended);
  if (seatbelt_mark(plan) == NULL) return no(ended, EXIT_REFUSED, "%s", "the plan has no mark to know its processes by");
  if (!hidden_pipe(said) || !hidden_pipe(go)) return no(ended, EXIT_REFUSED, "%s", strerror(errno));
  pid_t child = fork();
  if (child < 0) return no(ended, EXIT_REFUSED, "%s", strerror(errno));
  if (child == 0) {
    close(said[0]);
    close(go[1]);
    inside_run(plan, command, environment, said[1], go[0]);
  }
  close(said[1]);
  close(go[0]);
  box.child = child;
  box.said = said[0];
  box.go = go[1];
  struct told_words words;
  if (!hear(&words)) no(ended, EXIT_REFUSED, "%s", "it ended before it was set up");
  else if (words.what != TOLD_READY) no(ended, EXIT_REFUSED, "%s", words.text);
  else {
    tell_report(plan, words.closed, report);
    const char *lacking = report_missing(report, plan, V_NEED);
    if (lacking == NULL) return true;
    no(ended, EXIT_REFUSED, "this computer cannot enforce what is required: %s", lacking);
  }
  box_abandon();
  return false;
}

int box_child(void) { return box.child; }

void box_abandon(void) {
  close(box.go);
  kill(box.child, SIGKILL);
  while (waitpid(box.child, NULL, 0) < 0 && errno == EINTR) continue;
}

/* Numbers go through a pipe, so that one poll waits for all. */
static void note_signal(int number) {
  int before = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(box.signals[1], &byte, 1);
  (void)written;
  errno = before;
}

static bool catch_signals(void) {
  static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGUSR1, SIGUSR2, SIGCONT};
  if (!hidden_pipe(box.signals)) return false;
  for (int end = 0; end < 2; end++) fcntl(box.signals[end], F_SETFL, O_NONBLOCK);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  return true;
}

/* Not waited for yet: as long as it is not, no other process or group can have its number. */
static void look_at_child(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (!box.over && waitid(P_PID, (id_t)box.child, &info, WEXITED | WNOHANG | WNOWAIT) == 0) box.over = info.si_pid == box.child;
}

/*
 * Everything under the profile, wherever it stands: the group first, then, as long as the kernel knows of one, each
 * process with the mark. False when something is left.
 */
static bool end_all(const char *mark) {
  static pid_t members[MOST_MEMBERS];
  kill(-box.child, SIGKILL);
  kill(box.child, SIGKILL);
  for (int round = 0; round < MOST_ROUNDS; round++) {
    look_at_child();
    size_t count = seatbelt_members(mark, members, MOST_MEMBERS);
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
      if (members[i] != box.child) members[left++] = members[i];
    }
    if (left == 0 && box.over) return true;
    /* What is stopped starts nothing new while the rest is looked for. */
    for (size_t i = 0; i < left; i++) kill(members[i], SIGSTOP);
    for (size_t i = 0; i < left; i++) kill(members[i], SIGKILL);
    usleep(ROUND_US);
  }
  return false;
}

static void stop(struct ended *ended, int code, const char *reason, bool *over) {
  if (ended->reason[0] == '\0') snprintf(ended->reason, sizeof ended->reason, "%s", reason);
  ended->code = code;
  *over = true;
}

static void serve_signals(struct ended *ended, bool *over) {
  unsigned char number;
  while (read(box.signals[0], &number, 1) == 1) {
    if (number == SIGCHLD) look_at_child();
    else if (number == SIGHUP) stop(ended, 128 + SIGHUP, "the terminal was closed", over);
    else if (!box.over) kill(-box.child, number);
  }
}

/* The pipe ends by the start of the command, or brings why it did not start. */
static void serve_child(struct ended *ended) {
  struct told_words words;
  if (hear(&words) && words.what == TOLD_NO_EXEC) {
    ended->ran = false;
    ended->code = words.error == ENOENT ? EXIT_MISSING : 125;
    snprintf(ended->reason, sizeof ended->reason, "%.150s: %s", words.text,
             words.error == ENOENT ? "there is no such program in the sandbox" : strerror(words.error));
  }
  close(box.said);
  box.said = -1;
}

void box_serve(const struct plan *plan, struct control *control, struct ended *ended) {
  const struct step *session = plan_find(plan, V_SESSION);
  const char *mark = seatbelt_mark(plan);
  bool over = false;
  if (!catch_signals()) stop(ended, 125, "signals cannot be waited for", &over);
  long long started = now_ms();
  if (!over) {
    ended->ran = write(box.go, "g", 1) == 1;
    /* It may have ended before its end was listened for. */
    look_at_child();
  }
  close(box.go);
  while (!over && !(box.over && box.said < 0)) {
    struct pollfd polls[] = {
        {.fd = box.signals[0], .events = POLLIN},
        {.fd = box.said, .events = POLLIN},
        {.fd = control == NULL ? -1 : control->fd, .events = POLLIN},
    };
    long long now = now_ms();
    long long until = session == NULL ? now + 60 * 1000 : started + session->number * 1000;
    long long wait = until - now < 0 ? 0 : until - now > 60 * 1000 ? 60 * 1000 : until - now;
    if (poll(polls, 3, (int)wait) < 0 && errno != EINTR) stop(ended, 125, "waiting failed", &over);
    if (polls[0].revents != 0) serve_signals(ended, &over);
    if (polls[1].revents != 0) serve_child(ended);
    if (polls[2].revents != 0) {
      char order[64];
      int state = control_poll(control, order, sizeof order);
      if (state < 0) stop(ended, 125, "Gatehouse went away", &over);
      else if (state > 0 && strcmp(order, "stop") == 0) stop(ended, 125, "Gatehouse ended it", &over);
    }
    if (session != NULL && now_ms() - started >= session->number * 1000) stop(ended, 125, "its session was over", &over);
  }
  bool gone = end_all(mark);
  int status = 0;
  pid_t waited;
  while ((waited = waitpid(box.child, &status, box.over ? 0 : WNOHANG)) < 0 && errno == EINTR) continue;
  if (waited == box.child && ended->reason[0] == '\0')
    ended->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!gone) {
    ended->code = 125;
    snprintf(ended->reason, sizeof ended->reason, "%s", "something that it started could not be ended: look for it in Activity Monitor");
  }
}
