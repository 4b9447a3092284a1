#define _GNU_SOURCE
#include "request.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/say.h"

size_t put_encoded(char *out, const char *text) {
  static const char digits[] = "0123456789ABCDEF";
  size_t used = 0;
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
    if (*c > 0x20 && *c < 0x7f && *c != '%') {
      out[used++] = (char)*c;
      continue;
    }
    out[used++] = '%';
    out[used++] = digits[*c >> 4];
    out[used++] = digits[*c & 15];
  }
  out[used] = '\0';
  return used;
}

static int hex(char digit) { return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1; }

const char *decoded(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (*from == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0) {
      *to++ = (char)(hex(from[1]) * 16 + hex(from[2]));
      from += 2;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
  return text;
}

static bool take(const char *name, const char **value, int argc, char **argv, int *at, const char *usage) {
  if (strcmp(argv[*at], name) != 0) return false;
  if (*value != NULL) block(name, "was given twice", usage);
  if (*at + 1 >= argc) block("no value after", name, usage);
  *value = argv[++*at];
  return true;
}

struct request request_read(int argc, char **argv, const char *usage) {
  struct request request = {NULL, NULL, NULL, NULL, NULL};
  int at = 0;
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
    if (take("--door", &request.door, argc, argv, &at, usage) || take("--app", &request.app, argc, argv, &at, usage) ||
        take("--policy", &request.policy, argc, argv, &at, usage) || take("--level", &request.level, argc, argv, &at, usage))
      continue;
    block("the command stands after --, and this is not understood:", argv[at], usage);
  }
  if (at + 1 >= argc) block("there is no command after --", NULL, usage);
  if (request.door == NULL || request.door[0] != '/') block("no door was named", NULL, "give --door ABSOLUTE_PATH");
  request.command = argv + at + 1;
  return request;
}

static void send_fact(struct control *control, const char *name, const char *value) {
  size_t room = strlen(name) + 3 * strlen(value) + 3;
  char *line = malloc(room);
  if (line == NULL) block("there is no memory", NULL, NULL);
  size_t used = (size_t)snprintf(line, room, "%s ", name);
  used += put_encoded(line + used, value);
  line[used++] = '\n';
  if (!control_send(control, line, used)) block("the supervisor went away", NULL, "see `gatehouse status`");
  free(line);
}

/* Variables that say where things are; values of others never leave this process. */
static const char *const places[] = {"PATH", "HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"};

void request_send(struct control *control, const struct request *request, char *const *variables) {
  char cwd[PATH_MAX];
  if (getcwd(cwd, sizeof cwd) == NULL || cwd[0] != '/') block("this folder has no path", NULL, "go to another one");
  send_fact(control, "cwd", cwd);
  if (request->app != NULL) send_fact(control, "app", request->app);
  if (request->policy != NULL) send_fact(control, "policy", request->policy);
  if (request->level != NULL) send_fact(control, "level", request->level);
  for (size_t i = 0; variables[i] != NULL; i++) {
    for (size_t at = 0; at < sizeof places / sizeof *places; at++) {
      size_t length = strlen(places[at]);
      if (strncmp(variables[i], places[at], length) == 0 && variables[i][length] == '=') send_fact(control, "variable", variables[i]);
    }
  }
  for (int fd = 0; fd < 3; fd++) {
    if (isatty(fd) == 1) send_fact(control, "terminal", fd == 0 ? "0" : fd == 1 ? "1" : "2");
  }
  for (char **word = request->command; *word != NULL; word++) send_fact(control, "word", *word);
  send_fact(control, "run", "1");
}
