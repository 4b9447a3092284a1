#define _GNU_SOURCE
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#define st_ctim st_ctimespec
#endif

enum { MAX_ENTRIES = 4 * 1000 * 1000, MAX_DEPTH = 200 };

struct look {
  const struct plan *plan;
  struct timespec since;
  void (*found)(const char *path, enum left what, void *context);
  void *context;
  size_t start; /* length of the watched folder's path */
  unsigned long entries;
  bool whole;
  char path[PATH_MAX];
};

/* Compares a part of a pattern with a part of a path; `*` is any one part. Folders can be made for which case is the same. */
static bool same_part(const char *pattern, size_t length, const char *part, size_t size) {
  return (length == 1 && *pattern == '*') || (length == size && strncasecmp(pattern, part, size) == 0);
}

/* Whether the parts of `pattern` are those at `path`; then *rest is what follows them. */
static bool begins_with(const char *pattern, const char *path, const char **rest) {
  for (;;) {
    size_t length = strcspn(pattern, "/");
    size_t size = strcspn(path, "/");
    if (size == 0 || !same_part(pattern, length, path, size)) return false;
    pattern += length;
    path += size;
    if (pattern[0] == '\0' || pattern[1] == '\0') break;
    if (*path == '\0') return false;
    pattern++;
    path++;
  }
  *rest = path;
  return true;
}

/* `relative` holds at least one part. A pattern may begin at any part. */
static bool is_named(const struct plan *plan, const char *relative) {
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb != V_NAME) continue;
    const char *pattern = plan->steps[i].words[0];
    bool below = pattern[0] != '\0' && pattern[strlen(pattern) - 1] == '/';
    for (const char *part = relative; part != NULL;) {
      const char *rest;
      if (begins_with(pattern, part, &rest) && (*rest == '\0' || (below && *rest == '/'))) return true;
      part = strchr(part, '/');
      if (part != NULL) part++;
    }
  }
  return false;
}

static bool is_new(const struct stat *facts, struct timespec since) {
  if (facts->st_ctim.tv_sec != since.tv_sec) return facts->st_ctim.tv_sec > since.tv_sec;
  return facts->st_ctim.tv_nsec >= since.tv_nsec;
}

/* Folders whose files tools make and remove by the thousand. */
static bool is_busy(const char *name) { return strcmp(name, ".git") == 0 || strcmp(name, "node_modules") == 0; }

static enum left kind_of(const struct stat *facts) {
  if (S_ISLNK(facts->st_mode)) return LEFT_LINK;
  if (!S_ISREG(facts->st_mode)) return LEFT_SPECIAL;
  return (facts->st_mode & 0111) != 0 ? LEFT_PROGRAM : LEFT_FILE;
}

static int open_folder(int parent, const char *name) {
  return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

/*
 * A folder that may be searched and not listed hides what tools find in it by name. One that was changed in the
 * session is made readable for its owner, and looked at; one that was so before stays as it is.
 */
static int open_hidden(const struct look *look, int parent, const char *name) {
  struct stat facts;
  int opened = -1;
#ifdef __APPLE__
  if (fstatat(parent, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode) && is_new(&facts, look->since) &&
      fchmodat(parent, name, (facts.st_mode & 07777) | S_IRWXU, AT_SYMLINK_NOFOLLOW) == 0)
    opened = open_folder(parent, name);
#else
  int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  char path[64];
  if (fd >= 0 && fstat(fd, &facts) == 0 && is_new(&facts, look->since)) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (chmod(path, (facts.st_mode & 07777) | S_IRWXU) == 0) opened = open_folder(parent, name);
  }
  if (fd >= 0) close(fd);
#endif
  if (opened < 0) errno = EACCES;
  return opened;
}

static void look_into(struct look *look, int parent, const char *name, unsigned depth, bool busy) {
  int fd = open_folder(parent, name);
  if (fd < 0 && errno == EACCES) fd = open_hidden(look, parent, name);
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) != 0) {
    if (errno != ENOENT) look->whole = false;
    if (fd >= 0) close(fd);
    return;
  }
  /* What tools cannot enter now is entered when its mode is set back, and cannot be taken away from. */
  if ((facts.st_mode & S_IRWXU) != S_IRWXU && is_new(&facts, look->since)) fchmod(fd, (facts.st_mode & 07777) | S_IRWXU);
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    look->whole = false;
    close(fd);
    return;
  }
  size_t length = strlen(look->path);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    size_t size = strlen(entry->d_name);
    if (++look->entries > MAX_ENTRIES || depth >= MAX_DEPTH || length + size + 2 > sizeof look->path) {
      look->whole = false;
      break;
    }
    look->path[length] = '/';
    memcpy(look->path + length + 1, entry->d_name, size + 1);
    bool folder_entry = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      folder_entry = fstatat(fd, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
    }
    if (folder_entry) {
      look_into(look, fd, entry->d_name, depth + 1, busy || is_busy(entry->d_name));
    } else {
      bool named = is_named(look->plan, look->path + look->start + 1);
      if ((named || !busy) && fstatat(fd, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && is_new(&facts, look->since))
        look->found(look->path, named ? LEFT_NAMED : kind_of(&facts), look->context);
    }
    look->path[length] = '\0';
  }
  closedir(folder);
}

bool watch_look(const struct plan *plan, struct timespec since, void (*found)(const char *path, enum left what, void *context),
                void *context) {
  static struct look look;
  memset(&look, 0, sizeof look);
  look.plan = plan;
  look.since = since;
  look.found = found;
  look.context = context;
  look.whole = true;
  for (size_t i = 0; i < plan->count; i++) {
    if (plan->steps[i].verb != V_WATCH) continue;
    look.start = strlen(plan->steps[i].words[0]);
    memcpy(look.path, plan->steps[i].words[0], look.start + 1);
    look_into(&look, AT_FDCWD, look.path, 0, false);
  }
  return look.whole;
}
