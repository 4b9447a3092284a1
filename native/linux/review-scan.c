#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "review-files.h"
#include "review.h"

enum { MAX_ENTRIES = 4 * 1000 * 1000, MAX_DEPTH = 200 };

static struct {
  char path[PATH_MAX];
  long long since;
  unsigned long entries;
  bool whole;
} scan;

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

/* How the overlay marks what was deleted. Nobody else makes one: the overlay refuses to, and Landlock as well. */
static bool is_whiteout(const struct stat *facts) { return S_ISCHR(facts->st_mode) && facts->st_rdev == makedev(0, 0); }

/* Whether a folder of the upper layer hides what lies below it. */
static bool is_opaque(int fd) {
  char value[2];
  return fgetxattr(fd, "user.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

/* Adds `name` to the path; 0 when there is no room, else the length before. */
static size_t enter(const char *name) {
  size_t length = strlen(scan.path);
  size_t size = strlen(name);
  if (++scan.entries > MAX_ENTRIES || length + size + 2 > sizeof scan.path) {
    scan.whole = false;
    return 0;
  }
  scan.path[length] = '/';
  memcpy(scan.path + length + 1, name, size + 1);
  return length + 1;
}
static void leave(size_t entered) { scan.path[entered - 1] = '\0'; }

static void tell(const struct state *before, const struct state *after, const struct stat *below, const char *note) {
  fputs("entry ", stdout);
  print_encoded(scan.path + 1);
  putchar(' ');
  state_print(before);
  putchar(' ');
  state_print(after);
  /* A folder's own time says that something in it changed, not that it did. */
  bool moved = before->kind != '-' && before->kind != 'd' && below->st_ctim.tv_sec * 1000000000LL + below->st_ctim.tv_nsec >= scan.since;
  printf(" %s%s\n", note, moved ? ",moved" : "");
}

static int open_folder(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 || errno != EACCES) return fd;
  struct stat facts;
  if (fstatat(dir, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || facts.st_uid != geteuid()) return -1;
  if (fchmodat(dir, name, (facts.st_mode & 07777) | S_IRWXU, 0) != 0) return -1;
  return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Everything at `name` in the lower folder is gone. */
static void tell_gone(int lower, const char *name, unsigned depth) {
  static const struct state nothing = {.kind = '-'};
  struct state before;
  struct stat facts;
  size_t entered = enter(name);
  if (entered == 0) return;
  if (depth > MAX_DEPTH || !state_at(lower, name, &before, &facts)) {
    scan.whole = false;
  } else if (before.kind != '-') {
    tell(&before, &nothing, &facts, "gone");
    int fd = before.kind == 'd' ? openat(lower, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (before.kind == 'd' && folder == NULL) scan.whole = false;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
      if (!is_dots(entry->d_name)) tell_gone(fd, entry->d_name, depth + 1);
    }
    if (folder != NULL) closedir(folder);
    else if (fd >= 0) close(fd);
    state_free(&before);
  } else {
    state_free(&before);
  }
  leave(entered);
}

static void look_into(int upper, int lower, bool hides, unsigned depth);

static void look_at(int upper, int lower, const char *name, bool hides, unsigned depth) {
  struct state before = {.kind = '-'};
  struct state after;
  struct stat above;
  struct stat below = {0};
  if (fstatat(upper, name, &above, AT_SYMLINK_NOFOLLOW) != 0) {
    scan.whole = false;
    return;
  }
  if (is_whiteout(&above)) {
    if (lower >= 0) tell_gone(lower, name, depth);
    return;
  }
  size_t entered = enter(name);
  if (entered == 0) return;
  /* What a session made unreadable is made readable in its copy. */
  unsigned mode = above.st_mode & 07777;
  bool closed = S_ISREG(above.st_mode) && (mode & S_IRUSR) == 0 && above.st_uid == geteuid();
  if (closed && fchmodat(upper, name, mode | S_IRUSR, 0) != 0) scan.whole = false;
  if (!state_at(upper, name, &after, &above) || (lower >= 0 && !state_at(lower, name, &before, &below))) {
    scan.whole = false;
    leave(entered);
    return;
  }
  after.mode = mode;
  const char *note = (after.mode & 06000) != 0 && after.kind == 'f' ? "setid" : after.kind == 'f' && above.st_nlink > 1 ? "links" : "plain";
  if (after.kind == 'd' || after.kind == 'f') after.mode &= 0777;
  /* What the folder below has of these bits stays with it. */
  unsigned kept = before.mode & 07000;
  if (after.kind == 'd' && before.kind == 'd') after.mode |= kept;
  if (before.kind == 'd' && after.kind != 'd') {
    int fd = openat(lower, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) scan.whole = false;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
      if (!is_dots(entry->d_name)) tell_gone(fd, entry->d_name, depth + 1);
    }
    if (folder != NULL) closedir(folder);
  }
  if (!state_same(&before, &after)) tell(&before, &after, &below, note);
  if (after.kind == 'd') {
    int fd = open_folder(upper, name);
    int under = before.kind == 'd' ? openat(lower, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0 || (before.kind == 'd' && under < 0)) scan.whole = false;
    else look_into(fd, under, hides || is_opaque(fd), depth + 1);
    if (fd >= 0) close(fd);
    if (under >= 0) close(under);
  }
  state_free(&before);
  state_free(&after);
  leave(entered);
}

/* `hides`: what the lower folder has and the upper one has not is gone. `lower` is -1 where there is none. */
static void look_into(int upper, int lower, bool hides, unsigned depth) {
  int fd = depth > MAX_DEPTH ? -1 : openat(upper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) {
    scan.whole = false;
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (!is_dots(entry->d_name)) look_at(upper, lower, entry->d_name, hides, depth);
  }
  closedir(folder);
  fd = hides && lower >= 0 ? openat(lower, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  folder = fd < 0 ? NULL : fdopendir(fd);
  for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    if (!is_dots(entry->d_name) && faccessat(upper, entry->d_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
      tell_gone(lower, entry->d_name, depth);
  }
  if (folder != NULL) closedir(folder);
}

int review_scan(const char *upper, const char *lower, long long since) {
  int above = open(upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int below = open(lower, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (above < 0 || below < 0) {
    fprintf(stderr, "%s: %s\n", above < 0 ? upper : lower, strerror(errno));
    return 125;
  }
  /* What is told must be there after a power cut, too. */
  if (syncfs(above) != 0) {
    fprintf(stderr, "%s: %s\n", upper, strerror(errno));
    return 125;
  }
  scan.since = since;
  state_may_read((long long)MOST_READ_GB << 30);
  scan.whole = true;
  look_into(above, below, is_opaque(above), 0);
  printf("end %d\n", scan.whole);
  return fflush(stdout) == 0 ? 0 : 125;
}
