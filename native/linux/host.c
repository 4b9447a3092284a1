#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../client/clock.h"
#include "calls.h"
#include "filter.h"
#include "inside.h"
#include "relay.h"
#include "terminal.h"
#include "view.h"

enum { PASS_BYTES = 16 * 1024, TELL_EVERY_MS = 1000, MAX_TOLD_CALLS = 32 };

static struct {
  pid_t child;
  int pidfd;
  int talk;
  int listeners[MAX_LISTENERS];
  const char *kinds[MAX_LISTENERS];
  size_t listening;
  int master;  /* of the command's terminal, -1 without one */
  int denials; /* the filter's listener, -1 without one */
} half = {.pidfd = -1, .talk = -1, .master = -1, .denials = -1};

static bool no(struct ended *ended, int code, const char *format, const char *detail) {
  ended->code = code;
  snprintf(ended->reason, sizeof ended->reason, format, detail);
  return false;
}

static unsigned long wanted_namespaces(const struct plan *plan) {
  unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS;
  if (plan_word(plan, V_NET, "empty") != NULL) flags |= CLONE_NEWNET;
  if (plan_word(plan, V_NS, "ipc") != NULL) flags |= CLONE_NEWIPC;
  if (plan_word(plan, V_NS, "uts") != NULL) flags |= CLONE_NEWUTS;
  if (plan_word(plan, V_NS, "cgroup") != NULL) flags |= CLONE_NEWCGROUP;
  return flags;
}

static bool write_map(pid_t child, const char *name, unsigned id) {
  char path[64];
  char line[64];
  snprintf(path, sizeof path, "/proc/%d/%s", child, name);
  int size = snprintf(line, sizeof line, "%u %u 1\n", id, id);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  bool fine = file >= 0 && write(file, line, (size_t)size) == size;
  if (file >= 0) close(file);
  return fine;
}

static void name_listeners(const struct plan *plan, const int *descriptors, size_t count) {
  size_t next = 0;
  for (size_t i = 0; i < plan->count && next < MAX_LISTENERS; i++) {
    if (plan->steps[i].verb != V_LISTEN || next >= count) continue;
    half.listeners[next] = descriptors[next];
    half.kinds[next++] = plan->steps[i].words[0];
  }
  half.listening = next;
}

static bool hear_setup(const struct launch *launch, struct report *report, struct ended *ended) {
  for (;;) {
    struct message message;
    int descriptors[MAX_PASSED];
    size_t count;
    if (!hear(half.talk, &message, descriptors, &count))
      return no(ended, EXIT_REFUSED, "%s", "the inner half ended before it was set up");
    message.text[sizeof message.text - 1] = '\0';
    switch (message.word) {
      case W_SOCKETS: {
        size_t sockets = count - (launch->has_terminal && count > 0 ? 1 : 0);
        name_listeners(&launch->plan, descriptors, sockets);
        if (launch->has_terminal && count > 0) half.master = descriptors[count - 1];
        break;
      }
      case W_READY: {
        *report = message.report;
        if (count > 0) half.denials = descriptors[0];
        const char *lacking = report_missing(report, &launch->plan, V_NEED);
        return lacking == NULL || no(ended, EXIT_REFUSED, "this computer cannot enforce what is required: %s", lacking);
      }
      case W_NO_EXEC:
        snprintf(message.text + strlen(message.text), sizeof message.text - strlen(message.text), ": %s", strerror(message.value));
        return no(ended, EXIT_REFUSED, "%s", message.text);
      default:
        return no(ended, EXIT_REFUSED, "%s", message.text);
    }
  }
}

bool host_start(struct launch *launch, struct report *report, struct ended *ended) {
  int pair[2];
  char why[240];
  memset(ended, 0, sizeof *ended);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (launch->from_root) {
    if (launch->uid == 0) return no(ended, EXIT_REFUSED, "%s", "the plan names no user, and a command never runs as root");
    /* The files that map users belong to whoever is dumpable, and root writes them in any case. */
    if (!view_prepare(launch, why, sizeof why)) return no(ended, EXIT_REFUSED, "%s", why);
  } else {
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  }
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return no(ended, EXIT_REFUSED, "%s", strerror(errno));
  int pidfd = -1;
  pid_t child = (pid_t)syscall(SYS_clone, wanted_namespaces(&launch->plan) | CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
  if (child == 0) {
    close(pair[0]);
    launch->talk = pair[1];
    inside_run(launch);
  }
  int error = errno;
  close(pair[1]);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (child < 0) {
    close(pair[0]);
    return no(ended, EXIT_REFUSED, "this system gives no namespaces to its users: %s" ASK_DOCTOR, strerror(error));
  }
  half.child = child;
  half.pidfd = pidfd;
  half.talk = launch->talk = pair[0];
  if (launch->from_root) {
    struct message mapped = {.word = W_MAPPED};
    if (!write_map(child, "uid_map", launch->uid) || !write_map(child, "gid_map", launch->gid)) {
      no(ended, EXIT_REFUSED, "the command's user cannot be mapped: %s", strerror(errno));
      host_abandon();
      return false;
    }
    say(half.talk, &mapped, NULL, 0);
    for (size_t i = 0; i < launch->plan.count; i++) {
      if (launch->trees[i] >= 0) close(launch->trees[i]);
    }
    if (launch->layers >= 0) close(launch->layers);
  }
  if (!hear_setup(launch, report, ended)) {
    host_abandon();
    return false;
  }
  return true;
}

int host_child(void) { return half.child; }

void host_abandon(void) {
  sys_pidfd_send_signal(half.pidfd, SIGKILL);
  waitpid(half.child, NULL, 0);
}

/* One direction between two terminals. */
struct pass {
  char data[PASS_BYTES];
  size_t from;
  size_t to;
};

static void pass_in(int fd, struct pass *pass, bool *open, bool *moved) {
  ssize_t got = read(fd, pass->data, sizeof pass->data);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  pass->from = 0;
  pass->to = got > 0 ? (size_t)got : 0;
  if (got <= 0) *open = false;
  else *moved = true;
}

static void pass_out(int fd, struct pass *pass) {
  ssize_t sent = write(fd, pass->data + pass->from, pass->to - pass->from);
  if (sent < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (sent < 0) pass->from = pass->to;
  else pass->from += (size_t)sent;
  if (pass->from == pass->to) pass->from = pass->to = 0;
}

static struct {
  int number;
  unsigned count;
} denied[MAX_TOLD_CALLS];

/* Every notification is answered with an error: nothing is ever let go on. */
static void answer_denial(struct ended *ended) {
  struct seccomp_notif ask;
  struct seccomp_notif_resp reply;
  memset(&ask, 0, sizeof ask);
  if (ioctl(half.denials, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0) return;
  memset(&reply, 0, sizeof reply);
  reply.id = ask.id;
  reply.error = -EPERM;
  if (ask.data.nr == SYS_socket || ask.data.nr == SYS_socketpair) reply.error = -EAFNOSUPPORT;
  ioctl(half.denials, SECCOMP_IOCTL_NOTIF_SEND, &reply);
  ended->denied++;
  for (size_t i = 0; i < MAX_TOLD_CALLS; i++) {
    if (denied[i].count > 0 && denied[i].number != ask.data.nr) continue;
    denied[i].number = ask.data.nr;
    denied[i].count++;
    return;
  }
}

static void tell_denials(struct control *control) {
  char line[128];
  for (size_t i = 0; control != NULL && i < MAX_TOLD_CALLS && denied[i].count > 0; i++) {
    const char *name = filter_call_name(denied[i].number);
    int size = snprintf(line, sizeof line, "denied %s %u\n", name == NULL ? "unknown" : name, denied[i].count);
    control_send(control, line, (size_t)size);
  }
  memset(denied, 0, sizeof denied);
}

static int catch_signals(void) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGUSR1, SIGUSR2, SIGCONT};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&set, numbers[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void kill_all(struct ended *ended, int code, const char *reason) {
  if (ended->reason[0] == '\0') snprintf(ended->reason, sizeof ended->reason, "%s", reason);
  ended->code = code;
  sys_pidfd_send_signal(half.pidfd, SIGKILL);
}

/* The inner half's last words. Without any it was killed, and nobody knows how the command would have ended. */
static bool hear_end(struct ended *ended) {
  struct message message;
  int descriptors[MAX_PASSED];
  size_t count;
  if (!hear(half.talk, &message, descriptors, &count)) {
    if (ended->reason[0] == '\0') kill_all(ended, 125, "its first process was killed from outside");
    return true;
  }
  message.text[sizeof message.text - 1] = '\0';
  if (message.word == W_ENDED) {
    if (ended->reason[0] == '\0')
      ended->code = WIFEXITED(message.value) ? WEXITSTATUS(message.value) : 128 + WTERMSIG(message.value);
    return true;
  }
  if (message.word == W_NO_EXEC) {
    ended->ran = false;
    ended->code = message.value == ENOENT ? EXIT_MISSING : 125;
    snprintf(ended->reason, sizeof ended->reason, "%.180s: %s", message.text,
             message.value == ENOENT ? "there is no such program in the sandbox" : strerror(message.value));
    return true;
  }
  return false;
}

static void serve_signals(int signals, int terminal, struct ended *ended) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
    if (info.ssi_signo == SIGWINCH) {
      if (half.master >= 0 && terminal >= 0) terminal_resize(terminal, half.master);
      continue;
    }
    struct message order = {.word = W_SIGNAL, .value = (int)info.ssi_signo};
    say(half.talk, &order, NULL, 0);
    /* Whoever closes the terminal wants all of it gone. */
    if (info.ssi_signo == SIGHUP) kill_all(ended, 128 + SIGHUP, "the terminal was closed");
  }
}

void host_serve(struct launch *launch, struct control *control, struct ended *ended) {
  enum { TALK, CONTROL, SIGNALS, DENIALS, MASTER, INPUT, OUTPUT, LISTEN, RELAYS = LISTEN + MAX_LISTENERS };
  static struct pollfd polls[RELAYS + RELAY_POLLS];
  static struct pass in;
  static struct pass out;
  const struct step *session = plan_find(&launch->plan, V_SESSION);
  const struct step *idle = plan_find(&launch->plan, V_IDLE);
  int terminal = terminal_of(launch->terminal);
  int signals = catch_signals();
  long long started = now_ms();
  long long moved_at = started;
  long long told_at = started;
  bool input_open = half.master >= 0 && launch->terminal[0];
  bool master_open = half.master >= 0;
  int output = half.master < 0 ? -1 : launch->terminal[1] ? 1 : terminal;
  if (half.master >= 0) {
    terminal_resize(terminal, half.master);
    if (input_open) terminal_raw(0);
  }
  struct message go = {.word = W_GO};
  ended->ran = say(half.talk, &go, NULL, 0);
  for (bool over = false; !over;) {
    long long now = now_ms();
    long long until = now + 60 * 1000;
    if (session != NULL && started + session->number * 1000 < until) until = started + session->number * 1000;
    if (idle != NULL && moved_at + idle->number * 1000 < until) until = moved_at + idle->number * 1000;
    if (denied[0].count > 0 && told_at + TELL_EVERY_MS < until) until = told_at + TELL_EVERY_MS;
    polls[TALK] = (struct pollfd){.fd = half.talk, .events = POLLIN};
    polls[CONTROL] = (struct pollfd){.fd = control == NULL ? -1 : control->fd, .events = POLLIN};
    polls[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
    polls[DENIALS] = (struct pollfd){.fd = half.denials, .events = POLLIN};
    polls[MASTER] = (struct pollfd){
        .fd = master_open && (out.to == 0 || in.to > 0) ? half.master : -1,
        .events = (short)((out.to == 0 ? POLLIN : 0) | (in.to > 0 ? POLLOUT : 0))};
    polls[INPUT] = (struct pollfd){.fd = input_open && in.to == 0 ? 0 : -1, .events = POLLIN};
    polls[OUTPUT] = (struct pollfd){.fd = out.to > 0 ? output : -1, .events = POLLOUT};
    for (size_t i = 0; i < MAX_LISTENERS; i++)
      polls[LISTEN + i] = (struct pollfd){.fd = i < half.listening && control != NULL ? half.listeners[i] : -1, .events = POLLIN};
    size_t relays = relay_watch(polls + RELAYS);
    int wait = until > now ? (int)(until - now) : 0;
    if (poll(polls, RELAYS + relays, wait) < 0 && errno != EINTR) kill_all(ended, 125, "waiting failed");
    now = now_ms();
    bool moved = relay_serve(polls + RELAYS, relays);
    for (size_t i = 0; i < MAX_LISTENERS; i++) {
      if ((polls[LISTEN + i].revents & POLLIN) == 0) continue;
      relay_accept(half.listeners[i], half.kinds[i]);
      moved = true;
    }
    if ((polls[DENIALS].revents & POLLIN) != 0) answer_denial(ended);
    else if (polls[DENIALS].revents != 0) {
      close(half.denials);
      half.denials = -1;
    }
    if ((polls[MASTER].revents & POLLOUT) != 0) pass_out(half.master, &in);
    if ((polls[MASTER].revents & (POLLIN | POLLHUP)) != 0 && out.to == 0) pass_in(half.master, &out, &master_open, &moved);
    if (polls[INPUT].revents != 0) pass_in(0, &in, &input_open, &moved);
    if (polls[OUTPUT].revents != 0) pass_out(output, &out);
    if (polls[SIGNALS].revents != 0) serve_signals(signals, terminal, ended);
    if (denied[0].count > 0 && now - told_at >= TELL_EVERY_MS) {
      tell_denials(control);
      told_at = now;
    }
    if (moved) moved_at = now;
    if (session != NULL && now - started >= session->number * 1000) kill_all(ended, 125, "its session was over");
    if (idle != NULL && now - moved_at >= idle->number * 1000) kill_all(ended, 125, "nothing moved for its idle time");
    if (polls[CONTROL].revents != 0) {
      char order[64];
      int state = control_poll(control, order, sizeof order);
      if (state < 0) kill_all(ended, 125, "Gatehouse went away");
      else if (state > 0 && strcmp(order, "stop") == 0) kill_all(ended, 125, "Gatehouse ended it");
      if (state < 0) control = NULL;
    }
    if (polls[TALK].revents != 0) over = hear_end(ended);
  }
  /* The end of process 1 is the end of all; only then is there nothing left that could write. */
  sys_pidfd_send_signal(half.pidfd, SIGKILL);
  waitpid(half.child, NULL, 0);
  while (master_open && out.to == 0) {
    bool moved = false;
    struct pollfd rest = {.fd = half.master, .events = POLLIN};
    if (poll(&rest, 1, 0) <= 0 || (rest.revents & (POLLIN | POLLHUP)) == 0) break;
    pass_in(half.master, &out, &master_open, &moved);
    while (out.to > 0) pass_out(output, &out);
  }
  while (out.to > 0) pass_out(output, &out);
  terminal_restore();
  tell_denials(control);
}
