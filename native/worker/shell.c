/*
 * One command at a time, by the shell of the sandbox. What it prints is passed on as it comes, up to a limit; the end
 * of what comes after that is kept. When the command itself has ended, everything that it started is ended too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

enum { MOST_FIRST = 96 * 1024, MOST_LAST = 32 * 1024, PIECE = 16 * 1024, LOOK_MS = 50 };

struct output {
  size_t passed;            /* bytes that were sent */
  unsigned long long more;  /* bytes that came after them */
  char last[MOST_LAST];     /* the end of those, as a ring */
};

/*
 * Whether this is the one process that the launcher started, as it started it: only then is everything else that can
 * be signalled the command's.
 */
static bool is_confined(void) {
  return getpid() == 2 && getppid() == 1 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

static void keep(struct output *output, const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) output->last[(output->more + i) % MOST_LAST] = bytes[i];
  output->more += size;
}

static void take_output(struct output *output, const char *bytes, size_t size) {
  size_t room = MOST_FIRST - output->passed;
  size_t part = size < room ? size : room;
  if (part > 0) {
    answer_start();
    answer_add(bytes, part);
    answer_piece();
    output->passed += part;
  }
  keep(output, bytes + part, size - part);
}

__attribute__((noreturn)) static void become_command(char *const *words, int input, int folder, int out) {
  int nothing = input >= 0 ? input : open("/dev/null", O_RDONLY);
  setsid();
  signal(SIGPIPE, SIG_DFL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != 2 || fchdir(folder) != 0 || nothing < 0) _exit(127);
  if (dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(127);
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) _exit(127);
  execvp(words[0], words);
  dprintf(2, "there is no %s in the sandbox: %s\n", words[0], strerror(errno));
  _exit(127);
}

/* Reads what is there, and not for ever. False at the end. */
static bool drain(struct output *output, int from) {
  static char piece[PIECE];
  for (int times = 0; times < 64; times++) {
    ssize_t got = read(from, piece, sizeof piece);
    if (got > 0) {
      take_output(output, piece, (size_t)got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && errno == EAGAIN;
  }
  return true;
}

static void tell_end(struct output *output, int status, bool late) {
  static char last[MOST_LAST];
  char how[64];
  char left[32];
  size_t kept = output->more < MOST_LAST ? (size_t)output->more : MOST_LAST;
  for (size_t i = 0; i < kept; i++) last[i] = output->last[(output->more - kept + i) % MOST_LAST];
  if (late) snprintf(how, sizeof how, "late");
  else if (WIFSIGNALED(status)) snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
  else snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
  snprintf(left, sizeof left, "%llu", output->more - kept);
  answer_start();
  answer_text(how);
  answer_text(left);
  answer_add(last, kept);
  answer_send(true);
}

/*
 * Runs it, and answers: pieces of output come first, then how it ended, bytes left out, and the end of the output.
 * `input` is what it reads, -1 for nothing.
 */
static void run(char *const *words, int input, const struct field *where, long limit) {
  static struct output output;
  struct place place;
  int ends[2];
  if (!is_confined()) {
    answer_error("commands are run in a sandbox only");
    return;
  }
  if (!place_find(where, &place)) return;
  int folder = place_open(&place, O_RDONLY | O_DIRECTORY);
  if (folder < 0) {
    place_failed(&place, "cannot work in");
    return;
  }
  if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    answer_error("the command was not run: %s", strerror(errno));
    close(folder);
    return;
  }
  memset(&output, 0, offsetof(struct output, last));
  pid_t command = fork();
  if (command == 0) become_command(words, input, folder, ends[1]);
  int error = errno;
  close(folder);
  close(ends[1]);
  if (command < 0) {
    close(ends[0]);
    answer_error("the command was not run: %s", strerror(error));
    return;
  }
  long long until = clock_ms() + limit;
  int status = 0;
  bool ended = false;
  bool late = false;
  bool open = true;
  int pause = 1;
  while (!ended && !late) {
    struct pollfd watched[2] = {{.fd = open ? ends[0] : -1, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    long long rest = until - clock_ms();
    /* Once it has closed its output it mostly ends at once. */
    int wait = open || pause > LOOK_MS ? LOOK_MS : pause;
    if (!open && pause <= LOOK_MS) pause *= 2;
    poll(watched, 2, rest < wait ? (rest < 0 ? 0 : (int)rest) : wait);
    /* Nothing is said while it works: the supervisor has gone, and all ends with this process. */
    if (watched[1].revents != 0) _exit(2);
    if (watched[0].revents != 0) open = drain(&output, ends[0]);
    ended = waitpid(command, &status, WNOHANG) == command;
    late = !ended && clock_ms() >= until;
  }
  kill(-1, SIGKILL);
  if (!ended) waitpid(command, &status, 0);
  if (open) {
    /* All that could write is gone, or about to go. */
    fcntl(ends[0], F_SETFL, 0);
    while (drain(&output, ends[0])) continue;
  }
  close(ends[0]);
  tell_end(&output, status, late);
}

/* command, folder, milliseconds */
void do_bash(const struct frame *frame) {
  long limit = frame->count == 4 ? field_number(&frame->fields[3]) : -1;
  if (limit < 1 || strlen(frame->fields[1].bytes) != frame->fields[1].size) {
    answer_error("a command without zero bytes is needed, and how long it may take");
    return;
  }
  char *bash[] = {"bash", "--noprofile", "--norc", "-c", frame->fields[1].bytes, NULL};
  char *sh[] = {"sh", "-c", frame->fields[1].bytes, NULL};
  run(access("/bin/bash", X_OK) == 0 ? bash : sh, -1, &frame->fields[2], limit);
}

/* folder, milliseconds, what it reads, then the program and its words: no shell takes them apart */
void do_run(const struct frame *frame) {
  char *words[MOST_FIELDS];
  size_t count = 0;
  long limit = frame->count > 4 ? field_number(&frame->fields[2]) : -1;
  for (size_t i = 4; i < frame->count; i++) {
    words[count++] = frame->fields[i].bytes;
    if (strlen(frame->fields[i].bytes) != frame->fields[i].size) limit = -1;
  }
  words[count] = NULL;
  if (limit < 1) {
    answer_error("a program and words without zero bytes are needed, and how long it may take");
    return;
  }
  const struct field *text = &frame->fields[3];
  int input = memfd_create("input", MFD_CLOEXEC);
  size_t at = 0;
  while (input >= 0 && at < text->size) {
    ssize_t written = write(input, text->bytes + at, text->size - at);
    if (written <= 0) break;
    at += (size_t)written;
  }
  if (input < 0 || at < text->size || lseek(input, 0, SEEK_SET) != 0) answer_error("the program was not run: %s", strerror(errno));
  else run(words, input, &frame->fields[1], limit);
  if (input >= 0) close(input);
}
