#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

#ifndef NSIG
#define NSIG 32
#endif

static const struct words {
  const char *no_input;
  const char *no_output;
  const char *ended;
  const char *ended_hint;
} hook_words = {"stdin is closed: no call was given", "stdout is closed: nobody can read the answer",
                "the hook was told to stop", "ask again"},
  pipe_words = {"stdin is closed: nobody can ask the server", "stdout is closed: nobody can read what the server says",
                "the pipe was told to stop", NULL};
static const struct words *words = &hook_words;

static void on_signal(int signal_number) {
  if (signal_number == SIGALRM && words == &hook_words) block("nobody took the answer in time", NULL, "ask again");
  if (signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGABRT || signal_number == SIGILL ||
      signal_number == SIGFPE || signal_number == SIGSYS) {
    block("the program crashed", NULL, "reinstall it with `gatehouse agents install`");
  }
  block(words->ended, NULL, words->ended_hint);
}

static bool is_harmless(int signal_number) {
  return signal_number == SIGKILL || signal_number == SIGSTOP || signal_number == SIGCHLD || signal_number == SIGCONT ||
         signal_number == SIGTSTP || signal_number == SIGTTIN || signal_number == SIGTTOU || signal_number == SIGURG ||
         signal_number == SIGWINCH;
}

static void catch_signals(void) {
  static unsigned char spare_stack[16 * 1024];
  stack_t stack;
  memset(&stack, 0, sizeof stack);
  stack.ss_sp = spare_stack;
  stack.ss_size = sizeof spare_stack;
  sigaltstack(&stack, NULL);

  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigfillset(&action.sa_mask);
  for (int number = 1; number < NSIG; number++) {
    if (is_harmless(number)) continue;
    bool ignored = number == SIGPIPE || number == SIGXFSZ;
    action.sa_handler = ignored ? SIG_IGN : on_signal;
    action.sa_flags = SA_ONSTACK;
    sigaction(number, &action, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void guard(void) {
  /* First stderr: otherwise the next file opened would become it and get our lines. */
  if (fcntl(STDERR_FILENO, F_GETFD) < 0) {
    int null = open("/dev/null", O_WRONLY);
    if (null >= 0 && null != STDERR_FILENO) {
      dup2(null, STDERR_FILENO);
      close(null);
    }
  }
  catch_signals();
  if (fcntl(STDIN_FILENO, F_GETFD) < 0) block(words->no_input, NULL, NULL);
  if (fcntl(STDOUT_FILENO, F_GETFD) < 0) block(words->no_output, NULL, NULL);
}

void guard_hook(void) { guard(); }

void guard_pipe(void) {
  words = &pipe_words;
  say_subject("the MCP server was not connected");
  guard();
}
