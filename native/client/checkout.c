#define _GNU_SOURCE
#include "checkout.h"

#include <errno.h>
#include <stddef.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "say.h"

#define WHAT "the command was not run"

static bool own_path(char path[PATH_MAX]) {
#ifdef __APPLE__
  char raw[PATH_MAX];
  uint32_t size = sizeof raw;
  return _NSGetExecutablePath(raw, &size) == 0 && realpath(raw, path) != NULL;
#else
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return true;
#endif
}

/* Cuts the last component off; false at the top. */
static bool up(char *path) {
  char *slash = strrchr(path, '/');
  if (slash == NULL || slash == path) return false;
  *slash = '\0';
  return true;
}

/* This program lies at ROOT/native/build/PLATFORM/gatehouse; a copy of it anywhere else has no checkout. */
static bool find_root(char root[PATH_MAX]) {
  if (!own_path(root) || !up(root) || !up(root)) return false;
  size_t length = strlen(root);
  static const char tail[] = "/native/build";
  if (length <= sizeof tail - 1 || strcmp(root + length - (sizeof tail - 1), tail) != 0) return false;
  root[length - (sizeof tail - 1)] = '\0';
  return true;
}

bool checkout_exists(void) {
  static char root[PATH_MAX];
  return find_root(root);
}

static void join(char path[PATH_MAX], const char *root, const char *rest) {
  int size = snprintf(path, PATH_MAX, "%s/%s", root, rest);
  if (size < 0 || size >= PATH_MAX) say_and_exit(WHAT, "the path of the checkout is too long:", root, NULL);
}

void checkout_run(const char *script, int argc, char *const argv[]) {
  static char root[PATH_MAX];
  static char node[PATH_MAX];
  static char program[PATH_MAX];
  if (!find_root(root)) {
    say_and_exit(WHAT, "this copy of the program only answers hooks and connects MCP servers", NULL,
                 "run `npx --no-install gatehouse` in Gatehouse's folder");
  }
  join(node, root, "node_modules/node/bin/node");
  join(program, root, script);
  if (access(program, R_OK) != 0) {
    say_and_exit(WHAT, "Gatehouse is not built: there is no", program, "run `npx --no-install gatehouse` in its folder once, it builds");
  }
  if (access(node, X_OK) != 0) say_and_exit(WHAT, "Gatehouse's Node is missing:", node, "run `npm install` in Gatehouse's folder");

  char **words = calloc((size_t)argc + 3, sizeof *words);
  if (words == NULL) say_and_exit(WHAT, "there is no memory", NULL, NULL);
  words[0] = node;
  words[1] = program;
  for (int i = 0; i < argc; i++) words[2 + i] = argv[i];
  execv(node, words);
  say_and_exit(WHAT, "Gatehouse's Node does not start:", strerror(errno), "run `npm install` in Gatehouse's folder");
}
