#include "args.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "say.h"

#define USAGE "gatehouse hook AGENT --door ABSOLUTE_PATH [--deadline SECONDS]"

static bool is_agent_name(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 32 || text[0] == '-') return false;
  return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static long read_seconds(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 5 || strspn(text, "0123456789") != length) return 0;
  long seconds = 0;
  for (; *text != '\0'; text++) seconds = seconds * 10 + (*text - '0');
  return seconds > MAX_DEADLINE_SECONDS ? 0 : seconds;
}

/* The value of `--name VALUE` or `--name=VALUE` at *at, which it moves; NULL when this is another word. */
static const char *option(const char *name, int argc, char *const argv[], int *at) {
  size_t length = strlen(name);
  const char *word = argv[*at];
  if (strncmp(word, name, length) != 0) return NULL;
  if (word[length] == '=') return word + length + 1;
  if (word[length] != '\0') return NULL;
  if (*at + 1 >= argc) block("no value after", name, USAGE);
  *at += 1;
  return argv[*at];
}

struct hook_args hook_args_read(int argc, char *const argv[]) {
  struct hook_args args = {NULL, NULL, 0};
  for (int at = 0; at < argc; at++) {
    const char *value = option("--door", argc, argv, &at);
    if (value != NULL) {
      if (args.door != NULL) block("--door was given twice", NULL, USAGE);
      if (value[0] != '/') block("the door must be an absolute path, not", value, USAGE);
      args.door = value;
      continue;
    }
    value = option("--deadline", argc, argv, &at);
    if (value != NULL) {
      if (args.deadline_seconds != 0) block("--deadline was given twice", NULL, USAGE);
      args.deadline_seconds = read_seconds(value);
      if (args.deadline_seconds == 0) block("the deadline must be 1 to 86400 seconds, not", value, USAGE);
      continue;
    }
    if (argv[at][0] == '-') block("unknown option", argv[at], USAGE);
    if (args.agent != NULL) block("one agent at a time, not also", argv[at], USAGE);
    if (!is_agent_name(argv[at])) block("no agent has the name", argv[at], USAGE);
    args.agent = argv[at];
  }
  if (args.agent == NULL) block("no agent was named", NULL, USAGE);
  if (args.deadline_seconds == 0) args.deadline_seconds = DEFAULT_DEADLINE_SECONDS;
  return args;
}
