/* The command line of `gatehouse hook`. */
#ifndef GATEHOUSE_ARGS_H
#define GATEHOUSE_ARGS_H

enum { DEFAULT_DEADLINE_SECONDS = 590, MAX_DEADLINE_SECONDS = 86400 };

struct hook_args {
  const char *agent;     /* lower-case letters, digits and hyphens, at most 32 */
  const char *door;      /* absolute path, or NULL when none was given */
  long deadline_seconds; /* from the start of this process */
};

/* `argv` begins after the word `hook`. Anything it does not know ends the process with EXIT_BLOCK. */
struct hook_args hook_args_read(int argc, char *const argv[]);

#endif
