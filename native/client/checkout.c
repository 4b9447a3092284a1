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

/* Nobody could see a window, or the words ask for none. */
static bool needs_no_window(int argc, char *const argv[]) {
#ifndef __APPLE__
  const char *x11 = getenv("DISPLAY");
  const char *wayland = getenv("WAYLAND_DISPLAY");
  if ((x11 == NULL || *x11 == '\0') && (wayland == NULL || *wayland == '\0')) return true;
#endif
  if (argc == 0) return false;
  if (strcmp(argv[0], "start") != 0) return true;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--headless") == 0) return true;
  }
  return false;
}

/* In a packed app ROOT is its resources folder: the archive lies in it, and the app's program near it. */
__attribute__((noreturn)) static void run_packed(const char *root, int argc, char *const argv[]) {
  static char app[PATH_MAX];
#ifdef __APPLE__
  join(app, root, "../MacOS/Gatehouse");
#else
  join(app, root, "../gatehouse-desktop");
#endif
  if (geteuid() == 0) {
    say_and_exit(WHAT, "the desktop app does not run as root", NULL, "run it as the user whose agents it supervises");
  }
  char **words = calloc((size_t)argc + 3, sizeof *words);
  if (words == NULL) say_and_exit(WHAT, "there is no memory", NULL, NULL);
  int count = 0;
  words[count++] = app;
  /* Chromium takes it, and asks for no display then; the app takes it, and opens no window. */
  if (needs_no_window(argc, argv)) words[count++] = "--ozone-platform=headless";
  for (int i = 0; i < argc; i++) words[count++] = argv[i];
  execv(app, words);
  say_and_exit(WHAT, "the desktop app does not start:", strerror(errno), "install Gatehouse again");
}

void checkout_run(const char *script, int argc, char *const argv[]) {
  static char root[PATH_MAX];
  static char node[PATH_MAX];
  static char program[PATH_MAX];
  if (!find_root(root)) {
    say_and_exit(WHAT, "this copy of the program only answers hooks and connects MCP servers", NULL,
                 "run `npx --no-install gatehouse` in Gatehouse's folder");
  }
  join(program, root, "app.asar");
  if (access(program, R_OK) == 0) run_packed(root, argc, argv);
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

const char *packed_door(void) {
  static char root[PATH_MAX];
  static char path[PATH_MAX];
  if (!find_root(root)) return NULL;
  join(path, root, "app.asar");
  if (access(path, R_OK) != 0) return NULL;
  const char *moved = getenv("GATEHOUSE_HOME");
  if (moved != NULL && *moved != '\0') {
    if (*moved != '/') block("GATEHOUSE_HOME is not an absolute path:", moved, NULL);
    join(path, moved, "run/agent.sock");
    return path;
  }
  const char *home = getenv("HOME");
  if (home == NULL || *home != '/') block("HOME names no folder", NULL, "give --door ABSOLUTE_PATH");
#ifdef __APPLE__
  join(path, home, "Library/Application Support/Gatehouse/data/run/agent.sock");
#else
  const char *data = getenv("XDG_DATA_HOME");
  if (data != NULL && *data == '/') join(path, data, "gatehouse/run/agent.sock");
  else join(path, home, ".local/share/gatehouse/run/agent.sock");
#endif
  return path;
}

void launcher_run(const char *door, int argc, char *const argv[]) {
  static char path[PATH_MAX];
  char **words = calloc((size_t)argc + 3, sizeof *words);
  if (words == NULL || !own_path(path)) say_and_exit(WHAT, "this program does not know where it lies", NULL, NULL);
  char *slash = strrchr(path, '/');
  if (slash == NULL || (size_t)(slash - path) + sizeof "/gatehouse-sandbox" > sizeof path) say_and_exit(WHAT, "its own path is too long", NULL, NULL);
  strcpy(slash, "/gatehouse-sandbox");
  static char door_word[] = "--door";
  int count = 0;
  words[count++] = path;
  words[count++] = argv[1];
  if (door != NULL) {
    words[count++] = door_word;
    words[count++] = strdup(door);
  }
  for (int i = 2; i < argc; i++) words[count++] = argv[i];
  execv(path, words);
  say_and_exit(WHAT, "there is no sandbox launcher:", strerror(errno), "install a C compiler, then run `npm install` in Gatehouse's folder; see `gatehouse doctor`");
}
