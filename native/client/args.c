#include "args.h"

#include <stddef.h>
#include <string.h>

#include "say.h"

#define USAGE "gatehouse hook AGENT --door ABSOLUTE_PATH [--deadline SECONDS] [--tells | --proof]"
#define MCP_USAGE "gatehouse mcp NAME --door ABSOLUTE_PATH, or --tools in the place of NAME"

static bool is_agent_name(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 32 || text[0] == '-') return false;
  return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* `gatehouse mcp WORD …` is a command for these, so no server can have such a name. */
static bool is_mcp_command(const char *text) {
  static const char *const names[] = {"add", "export", "import", "list", "remove", "tools"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(text, names[i]) == 0) return true;
  }
  return false;
}

/* Tools are told apart as mcp__SERVER__TOOL, so a name has no `__` in it and no `_` at its end. */
static bool is_server_name(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 64 || text[0] == '-' || text[0] == '_' || text[length - 1] == '_') return false;
  if (strstr(text, "__") != NULL || is_mcp_command(text)) return false;
  return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

static long read_seconds(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 5 || strspn(text, "0123456789") != length) return 0;
  long seconds = 0;
  for (; *text != '\0'; text++) seconds = seconds * 10 + (*text - '0');
  return seconds > MAX_DEADLINE_SECONDS ? 0 : seconds;
}

/* The value of `--name VALUE` or `--name=VALUE` at *at, which it moves; NULL when this is another word. */
static const char *option(const char *name, int argc, char *const argv[], int *at, const char *usage) {
  size_t length = strlen(name);
  const char *word = argv[*at];
  if (strncmp(word, name, length) != 0) return NULL;
  if (word[length] == '=') return word + length + 1;
  if (word[length] != '\0') return NULL;
  if (*at + 1 >= argc) block("no value after", name, usage);
  *at += 1;
  return argv[*at];
}

/* Takes `--door`, checked; false when this is another word. */
static bool take_door(const char **door, int argc, char *const argv[], int *at, const char *usage) {
  const char *value = option("--door", argc, argv, at, usage);
  if (value == NULL) return false;
  if (*door != NULL) block("--door was given twice", NULL, usage);
  if (value[0] != '/') block("the door must be an absolute path, not", value, usage);
  *door = value;
  return true;
}

bool hook_args_tell(int argc, char *const argv[]) {
  for (int at = 0; at < argc; at++) {
    if (strcmp(argv[at], "--tells") == 0) return true;
  }
  return false;
}

struct hook_args hook_args_read(int argc, char *const argv[]) {
  struct hook_args args = {NULL, NULL, 0, false, false};
  for (int at = 0; at < argc; at++) {
    if (take_door(&args.door, argc, argv, &at, USAGE)) continue;
    const char *value = option("--deadline", argc, argv, &at, USAGE);
    if (value != NULL) {
      if (args.deadline_seconds != 0) block("--deadline was given twice", NULL, USAGE);
      args.deadline_seconds = read_seconds(value);
      if (args.deadline_seconds == 0) block("the deadline must be 1 to 86400 seconds, not", value, USAGE);
      continue;
    }
    if (strcmp(argv[at], "--tells") == 0) {
      args.tells = true;
      continue;
    }
    if (strcmp(argv[at], "--proof") == 0) {
      args.proof = true;
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

bool mcp_args_are_pipe(int argc, char *const argv[]) {
  if (argc == 0 || is_mcp_command(argv[0])) return false;
  return strcmp(argv[0], "--help") != 0 && !(argc > 1 && strcmp(argv[0], "--tools") == 0 && strcmp(argv[1], "--help") == 0);
}

struct mcp_args mcp_args_read(int argc, char *const argv[]) {
  struct mcp_args args = {NULL, NULL};
  bool tools = argc > 0 && strcmp(argv[0], "--tools") == 0;
  /* No server can have this name: it is that of a command. */
  if (tools) args.server = GOVERNED_TOOLS;
  for (int at = tools ? 1 : 0; at < argc; at++) {
    if (take_door(&args.door, argc, argv, &at, MCP_USAGE)) continue;
    if (argv[at][0] == '-') block("unknown option", argv[at], MCP_USAGE);
    if (args.server != NULL) block("it only connects and starts nothing, so it takes no", argv[at], MCP_USAGE);
    if (!is_server_name(argv[at])) block("no MCP server has the name", argv[at], MCP_USAGE);
    args.server = argv[at];
  }
  if (args.server == NULL) block("no MCP server was named", NULL, MCP_USAGE);
  return args;
}
