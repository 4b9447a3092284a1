#include "say.h"

#include <stddef.h>
#include <unistd.h>

static volatile int exit_code = EXIT_BLOCK;
static const char *volatile subject = "this call was not run";

void say_exit_code(int code) { exit_code = code; }

void say_subject(const char *what) { subject = what; }

struct line {
  char text[1024];
  size_t used;
};

/* Appends what fits; the last byte is kept for the newline. A path may hold anything, so controls are replaced. */
static void add(struct line *line, const char *text) {
  for (; *text != '\0' && line->used < sizeof line->text - 1; text++) {
    unsigned char c = (unsigned char)*text;
    line->text[line->used++] = (c < 0x20 || c == 0x7f) ? '?' : (char)c;
  }
}

void say_and_exit(const char *what, const char *why, const char *detail, const char *hint) {
  struct line line = {.used = 0};
  add(&line, "gatehouse: ");
  add(&line, what);
  add(&line, ": ");
  add(&line, why);
  if (detail != NULL) {
    add(&line, " ");
    add(&line, detail);
  }
  if (hint != NULL) {
    add(&line, "; hint: ");
    add(&line, hint);
  }
  line.text[line.used++] = '\n';
  /* Nobody to tell if stderr is gone: the exit code still says it. */
  if (write(STDERR_FILENO, line.text, line.used) < 0) _exit(exit_code);
  _exit(exit_code);
}

void block(const char *why, const char *detail, const char *hint) {
  say_and_exit(subject, why, detail, hint);
}
