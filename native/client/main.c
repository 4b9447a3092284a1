/*
 * The `gatehouse` program: answers `hook` and `mcp NAME` itself, hands `run` to the sandbox launcher beside it and
 * everything else to the checkout it lies in.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "checkout.h"
#include "guard.h"
#include "hook.h"
#include "pipe.h"
#include "say.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/install.mjs"
#endif

static int print_version(void) {
  static const char line[] = "gatehouse " GATEHOUSE_VERSION "\n";
  return write(STDOUT_FILENO, line, sizeof line - 1) == (ssize_t)(sizeof line - 1) ? 0 : EXIT_OURS;
}

/*
 * Only a person at a terminal leaves the door out: what is installed always names it. In a packed app it is told
 * here; in a checkout by its Node, which starts this program again.
 */
static const char *need_door(const char *door, int argc, char *const argv[]) {
  if (door != NULL) return door;
  if (!checkout_exists()) block("no door was named", NULL, "give --door ABSOLUTE_PATH");
  const char *packed = packed_door();
  if (packed != NULL) return packed;
  checkout_run("native/run.mjs", argc - 1, argv + 1);
}

/* Whether a word before the command asks for it; what stands after -- is the command's own. */
static bool asks_for(const char *wanted, int argc, char *const argv[]) {
  for (int at = 2; at < argc && strcmp(argv[at], "--") != 0; at++) {
    if (strcmp(argv[at], wanted) == 0) return true;
  }
  return false;
}

int main(int argc, char *argv[]) {
  if (argc >= 2 && strcmp(argv[1], "hook") == 0) {
    if (hook_args_tell(argc - 2, argv + 2)) say_exit_code(EXIT_TOLD);
    guard_hook();
    struct hook_args args = hook_args_read(argc - 2, argv + 2);
    args.door = need_door(args.door, argc, argv);
    hook_run(&args);
  }
  if (argc >= 2 && strcmp(argv[1], "mcp") == 0 && mcp_args_are_pipe(argc - 2, argv + 2)) {
    guard_pipe();
    struct mcp_args args = mcp_args_read(argc - 2, argv + 2);
    args.door = need_door(args.door, argc, argv);
    pipe_run(&args);
  }
  say_exit_code(EXIT_OURS);
  if (argc >= 2 && strcmp(argv[1], "run") == 0 && !asks_for("--help", argc, argv)) {
    say_subject("the command was not run");
    launcher_run(asks_for("--door", argc, argv) ? NULL : need_door(NULL, argc, argv), argc, argv);
  }
  if (argc == 2 && strcmp(argv[1], "--version") == 0) return print_version();
  checkout_run("dist/main/cli.js", argc > 0 ? argc - 1 : 0, argv + 1);
}
