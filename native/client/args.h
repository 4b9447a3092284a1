/* The command lines of `gatehouse hook` and `gatehouse mcp NAME`, or `--tools`. */
#ifndef GATEHOUSE_ARGS_H
#define GATEHOUSE_ARGS_H

#include <stdbool.h>

enum { DEFAULT_DEADLINE_SECONDS = 590, MAX_DEADLINE_SECONDS = 86400 };

struct hook_args {
  const char *agent;     /* lower-case letters, digits and hyphens, at most 32 */
  const char *door;      /* absolute path, or NULL when none was given */
  long deadline_seconds; /* from the start of this process */
  bool tells;            /* the event decides nothing: whatever happens, the agent goes on */
  bool proof;            /* a yes ends with EXIT_PROVEN: a shell takes 0 from a file that holds nothing, too */
};

/* Whether these words after `hook` hold `--tells`; asked first, so that no slip of such a hook can stop anything. */
bool hook_args_tell(int argc, char *const argv[]);

/* `argv` begins after the word `hook`. Anything it does not know ends the process with EXIT_BLOCK. */
struct hook_args hook_args_read(int argc, char *const argv[]);

/* What is asked for at the door where the governed tools are meant. */
#define GOVERNED_TOOLS "tools"

struct mcp_args {
  const char *server; /* lower-case letters, digits, `-` and `_`, at most 64; or GOVERNED_TOOLS */
  const char *door;   /* absolute path, or NULL when none was given */
};

/* Whether these words after `mcp` ask for a pipe; the others are commands of the checkout. */
bool mcp_args_are_pipe(int argc, char *const argv[]);

/* `argv` begins after the word `mcp`. Anything it does not know ends the process with EXIT_BLOCK. */
struct mcp_args mcp_args_read(int argc, char *const argv[]);

#endif
