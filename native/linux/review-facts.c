#define _GNU_SOURCE
#include "review-facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review-files.h"

enum { FIRST_ROOM = 1024 };

static size_t place_of(const char *path, size_t room) {
  unsigned long long hash = 1469598103934665603ULL;
  for (const unsigned char *at = (const unsigned char *)path; *at != '\0'; at++) hash = (hash ^ *at) * 1099511628211ULL;
  return (size_t)(hash ^ (hash >> 29)) & (room - 1);
}

static struct fact *slot(struct fact *all, size_t room, const char *path) {
  size_t at = place_of(path, room);
  while (all[at].path != NULL && strcmp(all[at].path, path) != 0) at = (at + 1) & (room - 1);
  return &all[at];
}

static bool grow(struct facts *facts) {
  if (2 * facts->count < facts->room) return true;
  size_t room = facts->room == 0 ? FIRST_ROOM : 2 * facts->room;
  struct fact *all = calloc(room, sizeof *all);
  if (all == NULL) return false;
  for (size_t i = 0; i < facts->room; i++) {
    if (facts->all[i].path != NULL) *slot(all, room, facts->all[i].path) = facts->all[i];
  }
  free(facts->all);
  facts->all = all;
  facts->room = room;
  return true;
}

static bool add(struct facts *facts, char *line) {
  char *words[6];
  for (size_t i = 0; i < 6; i++) words[i] = strsep(&line, " ");
  if (words[5] == NULL || line != NULL || words[0][0] == '\0' || words[0][1] != '\0') return false;
  if (!decode_path(words[1]) || !grow(facts)) return false;
  char *path = strdup(words[1]);
  if (path == NULL) return false;
  struct fact *fact = slot(facts->all, facts->room, path);
  if (fact->path != NULL) return false;
  facts->count++;
  *fact = (struct fact){.path = path,
                        .kind = words[0][0],
                        .mode = (unsigned)strtoul(words[2], NULL, 8),
                        .size = strtoll(words[3], NULL, 10),
                        .inode = strtoull(words[4], NULL, 10),
                        .ctime = strtoll(words[5], NULL, 10)};
  return true;
}

bool facts_read(int folder, struct facts *facts) {
  memset(facts, 0, sizeof *facts);
  int fd = openat(folder, "facts", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
  if (file == NULL) {
    if (fd >= 0) close(fd);
    return false;
  }
  char *line = NULL;
  size_t size = 0;
  bool known = false;
  bool ended = false;
  errno = 0;
  bool fine = grow(facts);
  for (ssize_t length; fine && !ended && (length = getline(&line, &size, file)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = '\0';
    if (!known) {
      fine = known = strncmp(line, "gatehouse-facts 1 ", 18) == 0;
      facts->skips = fine && strcmp(line + 18, "1") == 0;
    } else if (strcmp(line, "end") == 0) {
      ended = true;
    } else {
      fine = add(facts, line);
    }
  }
  int error = ferror(file) != 0 ? EIO : errno == ENOMEM ? ENOMEM : EBADMSG;
  free(line);
  fclose(file);
  errno = error;
  return fine && ended;
}

struct fact *facts_find(const struct facts *facts, const char *path) {
  if (facts->room == 0) return NULL;
  struct fact *fact = slot(facts->all, facts->room, path);
  return fact->path == NULL ? NULL : fact;
}

long long ctime_of(const struct stat *facts) { return facts->st_ctim.tv_sec * 1000000000LL + facts->st_ctim.tv_nsec; }

bool fact_holds(const struct fact *fact, const struct stat *now) {
  return S_ISREG(now->st_mode) && fact->ctime != 0 && fact->ctime == ctime_of(now) && fact->inode == now->st_ino &&
         fact->size == now->st_size && fact->mode == (now->st_mode & 07777);
}

static bool has(int folder, const char *name, const char *mark) {
  int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  bool found = fd >= 0 && faccessat(fd, mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  if (fd >= 0) close(fd);
  return found;
}

bool is_refilled(int folder, const char *name) {
  static const char *const names[] = {"node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox",
                                      ".gradle",      ".next",       ".nuxt",       ".turbo",        ".parcel-cache"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(name, names[i]) == 0) return true;
  }
  if (strcmp(name, "venv") == 0 || strcmp(name, ".venv") == 0) return has(folder, name, "pyvenv.cfg");
  return strcmp(name, "target") == 0 && has(folder, name, "CACHEDIR.TAG");
}
