/*
 * Keeps what lies in a project before a session begins to write to it.
 *
 * A tree of the same shape is made in a private folder: each file shares its blocks with the project's where the file
 * system can, is a second name of what an earlier session's tree keeps where nothing changed since, and is copied
 * otherwise. Beside it lies what review-facts.h describes. No link is followed and no other file system is entered.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../client/clock.h"
#include "request.h"
#include "review-facts.h"
#include "review-files.h"
#include "review.h"

enum { MAX_DEPTH = 200, TRIES = 3, LIMIT = 3, FAILED = 125, MOST_TOLD = 1000 };
/* A file that is younger may be written to again without a difference in its ctime: the coarsest clock is FAT's. */
static const long long YOUNG_NS = 3000000000LL;

static struct {
  char path[PATH_MAX];
  dev_t device;
  struct stat own; /* the folder of all that is kept: it may lie in the project */
  FILE *facts;
  struct facts base;
  int base_tree; /* -1 without one */
  struct review_bounds bounds;
  long long started;
  long long bytes; /* copied */
  unsigned long files, entries, cloned, linked, left;
  bool clones;
  bool skips;
  const char *limit;
} keep;

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static void note(char kind, const struct stat *facts, long long ctime) {
  static char word[3 * PATH_MAX + 1];
  put_encoded(word, keep.path);
  fprintf(keep.facts, "%c %s %o %lld %llu %lld\n", kind, word, facts->st_mode & 07777, (long long)facts->st_size,
          (unsigned long long)facts->st_ino, ctime);
}

static long long real_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* As it is compared later; 0 when that says nothing. */
static long long old_ctime(const struct stat *facts) {
  long long changed = ctime_of(facts);
  return real_now() - changed < YOUNG_NS ? 0 : changed;
}

static void leave_out(char kind, const struct stat *facts, const char *why) {
  note(kind, facts, old_ctime(facts));
  if (keep.left++ >= MOST_TOLD) return;
  fputs("left ", stdout);
  print_encoded(keep.path);
  putchar(' ');
  print_encoded(why);
  putchar('\n');
}

/* What lies in an earlier tree and is the same file, unchanged, gets a second name here. */
static bool link_earlier(const struct stat *facts, int to, const char *name) {
  struct stat kept;
  if (keep.base_tree < 0) return false;
  const struct fact *fact = facts_find(&keep.base, keep.path);
  if (fact == NULL || fact->kind != 'f' || !fact_holds(fact, facts)) return false;
  const char *last;
  int parent = open_parent(keep.base_tree, keep.path, &last);
  bool fine = parent >= 0 && fstatat(parent, last, &kept, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(kept.st_mode) &&
              kept.st_size == facts->st_size && linkat(parent, last, to, name, 0) == 0;
  if (parent >= 0) close(parent);
  return fine;
}

/* False with errno set. *cloned: no byte was copied. */
static bool copy_content(int from, int to, long long *bytes) {
  if (keep.clones && ioctl(to, FICLONE, from) == 0) return true;
  keep.clones = false;
  for (;;) {
    ssize_t got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    *bytes += got;
    if (got == 0) return true;
  }
  if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return false;
  static char block[128 * 1024];
  if (lseek(from, 0, SEEK_SET) != 0 || lseek(to, 0, SEEK_SET) != 0 || ftruncate(to, 0) != 0) return false;
  *bytes = 0;
  for (ssize_t got; (got = read(from, block, sizeof block)) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    for (ssize_t sent = 0, wrote; sent < got; sent += wrote) {
      wrote = write(to, block + sent, (size_t)(got - sent));
      if (wrote < 0 && errno == EINTR) wrote = 0;
      else if (wrote < 0) return false;
    }
    *bytes += got;
  }
  return true;
}

/* Why it is not kept; NULL when it is, with its facts as it was read. */
static const char *keep_file(int dir, const char *name, int to, struct stat *facts) {
  for (int tries = 0; tries < TRIES; tries++) {
    if (facts->st_size > keep.bounds.largest) return "too large";
    if (link_earlier(facts, to, name)) {
      keep.linked++;
      return NULL;
    }
    if (!keep.clones && keep.bytes + facts->st_size > keep.bounds.bytes) {
      keep.limit = "bytes";
      return NULL;
    }
    int from = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat opened;
    struct stat after;
    if (from < 0) return errno == EACCES ? "it may not be read" : "it was gone";
    if (fstat(from, &opened) != 0 || !S_ISREG(opened.st_mode)) {
      close(from);
      return "it changed kind";
    }
    int made = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    long long bytes = 0;
    bool before = keep.clones;
    bool fine = made >= 0 && copy_content(from, made, &bytes);
    int error = errno;
    fine = fine && fstat(from, &after) == 0 && ctime_of(&after) == ctime_of(&opened) && after.st_size == opened.st_size;
    struct stat kept;
    fine = fine && fstat(made, &kept) == 0 && kept.st_size == opened.st_size;
    close(from);
    if (made >= 0) close(made);
    keep.bytes += bytes;
    if (fine) {
      if (before && keep.clones) keep.cloned++;
      *facts = opened;
      return NULL;
    }
    unlinkat(to, name, 0);
    if (error == ENOSPC || error == EDQUOT) {
      keep.limit = "disk";
      return NULL;
    }
    if (fstatat(dir, name, facts, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(facts->st_mode)) return "it was gone";
  }
  return "it changed while it was read";
}

static bool is_over(void) {
  if (keep.limit == NULL && ++keep.entries > keep.bounds.entries) keep.limit = "entries";
  if (keep.limit == NULL && now_ms() - keep.started > keep.bounds.milliseconds) keep.limit = "time";
  return keep.limit != NULL;
}

static void keep_folder(int from, int to, unsigned depth);

static void keep_entry(int dir, const char *name, int to, unsigned depth) {
  struct stat facts;
  size_t before = strlen(keep.path);
  size_t length = before;
  size_t size = strlen(name);
  if (is_over()) return;
  if (length + size + 2 > sizeof keep.path) {
    keep.limit = "depth";
    return;
  }
  if (fstatat(dir, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (length > 0) keep.path[length++] = '/';
  memcpy(keep.path + length, name, size + 1);
  if (S_ISDIR(facts.st_mode)) {
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int made = -1;
    if (depth >= MAX_DEPTH) keep.limit = "depth";
    else if (keep.skips && is_refilled(dir, name)) leave_out('x', &facts, "tools fill it by themselves");
    else if (facts.st_dev != keep.device) leave_out('x', &facts, "another file system");
    else if (facts.st_ino == keep.own.st_ino && facts.st_dev == keep.own.st_dev) leave_out('x', &facts, "Gatehouse's own");
    else if (fd < 0) leave_out('x', &facts, "it may not be read");
    else if (mkdirat(to, name, 0700) != 0 || (made = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
      keep.limit = errno == ENOSPC || errno == EDQUOT ? "disk" : "store";
    else {
      note('d', &facts, 0);
      keep_folder(fd, made, depth + 1);
    }
    if (fd >= 0) close(fd);
    if (made >= 0) close(made);
  } else if (S_ISREG(facts.st_mode)) {
    const char *why = keep_file(dir, name, to, &facts);
    if (keep.limit != NULL) return;
    if (why != NULL) {
      leave_out('u', &facts, why);
    } else {
      keep.files++;
      note('f', &facts, old_ctime(&facts));
    }
  } else if (S_ISLNK(facts.st_mode)) {
    static char target[PATH_MAX];
    ssize_t got = readlinkat(dir, name, target, sizeof target - 1);
    if (got > 0) target[got] = '\0';
    if (got > 0 && symlinkat(target, to, name) == 0) note('l', &facts, 0);
    else leave_out('u', &facts, "it was gone");
  } else {
    note('s', &facts, 0);
  }
  keep.path[before] = '\0';
}

static void keep_folder(int from, int to, unsigned depth) {
  int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) {
    keep.limit = "store";
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *entry; keep.limit == NULL && (entry = readdir(folder)) != NULL;) {
    if (!is_dots(entry->d_name)) keep_entry(from, entry->d_name, to, depth);
  }
  closedir(folder);
}

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return FAILED;
}

static int open_dir(int at, const char *path) { return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

int review_keep(const char *root, const char *store, const char *base, const struct review_bounds *bounds) {
  struct stat facts;
  keep.bounds = *bounds;
  keep.skips = bounds->skips;
  keep.clones = true;
  keep.started = now_ms();
  int from = open_dir(AT_FDCWD, root);
  if (from < 0 || fstat(from, &facts) != 0) return failed(root);
  keep.device = facts.st_dev;
  int place = open_dir(AT_FDCWD, store);
  if (place < 0 || fstatat(place, "..", &keep.own, 0) != 0 || mkdirat(place, "before", 0700) != 0) return failed(store);
  int to = open_dir(place, "before");
  int file = openat(place, "facts", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  keep.facts = file < 0 ? NULL : fdopen(file, "w");
  if (to < 0 || keep.facts == NULL) return failed(store);
  keep.base_tree = -1;
  int earlier = strcmp(base, "-") == 0 ? -1 : open_dir(AT_FDCWD, base);
  if (earlier >= 0 && facts_read(earlier, &keep.base)) keep.base_tree = open_dir(earlier, "before");
  fprintf(keep.facts, "gatehouse-facts 1 %d\n", keep.skips);
  keep_folder(from, to, 0);
  if (keep.limit != NULL) {
    printf("limit %s\n", keep.limit);
    return fflush(stdout) == 0 ? LIMIT : FAILED;
  }
  fputs("end\n", keep.facts);
  if (fflush(keep.facts) != 0 || fsync(file) != 0) return failed("facts");
  printf("end %lu %lld %lu %lu %lu\n", keep.files, keep.bytes, keep.cloned, keep.linked, keep.left);
  return fflush(stdout) == 0 ? 0 : FAILED;
}
