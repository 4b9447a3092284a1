/* What differs in a project from what was kept of it before a session; see review-keep.c. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "review-facts.h"
#include "review-files.h"
#include "review.h"

enum { MAX_ENTRIES = 4 * 1000 * 1000, MAX_DEPTH = 200, MOST_TOLD = 1000 };
/* Of files: what is carried over has no other bits. */
enum { CARRIED_BITS = 0777 };

static struct {
  char path[PATH_MAX];
  struct facts facts;
  int kept; /* the tree */
  dev_t device;
  struct stat own;
  unsigned long entries, left;
  bool whole;
} look;

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static void leave_out(const char *why) {
  if (look.left++ >= MOST_TOLD) return;
  fputs("left ", stdout);
  print_encoded(look.path);
  putchar(' ');
  print_encoded(why);
  putchar('\n');
}

static void tell(const char *path, struct state before, const struct state *after) {
  if (before.kind == 'f') before.mode &= CARRIED_BITS;
  fputs("entry ", stdout);
  print_encoded(path);
  putchar(' ');
  state_print(&before);
  putchar(' ');
  state_print(after);
  puts(after->kind == 'f' && (after->mode & 06000) != 0 ? " setid" : " plain");
}

/* What was at the path of a fact, as it is kept. */
static void state_kept(const struct fact *fact, struct state *state) {
  struct stat facts;
  const char *name;
  memset(state, 0, sizeof *state);
  state->kind = fact->kind == 'd' || fact->kind == 's' ? fact->kind : 'u';
  state->mode = fact->mode;
  if (fact->kind != 'f' && fact->kind != 'l') return;
  int parent = open_parent(look.kept, fact->path, &name);
  struct state found = {0};
  bool fine = parent >= 0 && state_at(parent, name, &found, &facts) && found.kind == fact->kind &&
              (found.kind == 'l' || found.size == fact->size);
  if (parent >= 0) close(parent);
  if (!fine) {
    state_free(&found);
    return;
  }
  *state = found;
  state->mode = fact->mode;
}

static void look_into(int dir, unsigned depth);

/* Why a folder is not looked into; NULL where it is. */
static const char *shut(int dir, const char *name, const struct fact *fact, const struct stat *facts) {
  if (fact != NULL && fact->kind == 'x') return "it was not kept";
  if (facts->st_dev != look.device) return "another file system";
  if (facts->st_ino == look.own.st_ino && facts->st_dev == look.own.st_dev) return "Gatehouse's own";
  if (fact == NULL && look.facts.skips && is_refilled(dir, name)) return "tools fill it by themselves";
  return NULL;
}

static void look_below(int dir, const char *name, struct fact *fact, unsigned depth) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fact != NULL) fact->closed = fd < 0;
  if (fd < 0) {
    look.whole = false;
    leave_out("it may not be read");
    return;
  }
  look_into(fd, depth + 1);
  close(fd);
}

static void look_at(int dir, const char *name, unsigned depth) {
  struct state before = {.kind = '-'};
  struct state after;
  struct stat now;
  if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) != 0) return;
  struct fact *fact = facts_find(&look.facts, look.path);
  if (fact != NULL) fact->seen = true;
  const char *why = S_ISDIR(now.st_mode) ? shut(dir, name, fact, &now) : NULL;
  if (why != NULL) {
    leave_out(why);
    if (fact != NULL) fact->closed = true;
    if (fact != NULL && fact->kind == 'x') return;
  }
  if (fact != NULL && (fact->kind == 'f' || fact->kind == 'u') && fact->ctime != 0 && fact_holds(fact, &now)) return;
  if (fact != NULL) state_kept(fact, &before);
  /* What a session made unreadable for its owner would be out of reach of a review. */
  if (S_ISREG(now.st_mode) && (now.st_mode & S_IRUSR) == 0 && now.st_uid == geteuid() &&
      fchmodat(dir, name, (now.st_mode & 07777) | S_IRUSR, 0) != 0)
    look.whole = false;
  if (!state_at(dir, name, &after, &now)) {
    state_free(&after);
    memset(&after, 0, sizeof after);
    after.kind = 'u';
  }
  if (why != NULL) after.kind = 'u';
  bool same = state_same(&before, &after) || (before.kind == 's' && after.kind == 's');
  /* What nothing is known of is not said to have changed. */
  if (before.kind == 'u' && fact->kind == 'u' && after.kind == 'f' && fact->size == after.size && fact->inode == now.st_ino &&
      fact->mode == after.mode && fact->ctime == ctime_of(&now))
    same = true;
  if (!same) tell(look.path, before, &after);
  if (after.kind == 'd') look_below(dir, name, fact, depth);
  state_free(&before);
  state_free(&after);
}

static void look_into(int dir, unsigned depth) {
  int fd = depth > MAX_DEPTH ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) {
    look.whole = false;
    if (fd >= 0) close(fd);
    return;
  }
  size_t length = strlen(look.path);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (is_dots(entry->d_name)) continue;
    size_t size = strlen(entry->d_name);
    if (++look.entries > MAX_ENTRIES || length + size + 2 > sizeof look.path) {
      look.whole = false;
      break;
    }
    size_t at = length;
    if (at > 0) look.path[at++] = '/';
    memcpy(look.path + at, entry->d_name, size + 1);
    look_at(dir, entry->d_name, depth);
    look.path[length] = '\0';
  }
  closedir(folder);
}

/* A folder above it was not looked into: what is in it is not said to be gone. */
static bool is_hidden(const char *path) {
  char above[PATH_MAX];
  snprintf(above, sizeof above, "%s", path);
  for (char *slash; (slash = strrchr(above, '/')) != NULL;) {
    *slash = '\0';
    const struct fact *fact = facts_find(&look.facts, above);
    if (fact != NULL && fact->seen) return fact->closed;
  }
  return false;
}

static void tell_gone(void) {
  static const struct state nothing = {.kind = '-'};
  for (size_t i = 0; i < look.facts.room; i++) {
    const struct fact *fact = &look.facts.all[i];
    struct state before;
    if (fact->path == NULL || fact->seen || is_hidden(fact->path)) continue;
    state_kept(fact, &before);
    tell(fact->path, before, &nothing);
    state_free(&before);
  }
}

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 125;
}

int review_compare(const char *root, const char *store) {
  struct stat facts;
  int from = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int place = open(store, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0 || fstat(from, &facts) != 0) return failed(root);
  if (place < 0 || fstatat(place, "..", &look.own, 0) != 0) return failed(store);
  if (!facts_read(place, &look.facts)) {
    if (errno != EBADMSG) return failed("the list of what was kept");
    fputs("the list of what was kept is damaged or cut off\n", stderr);
    return 125;
  }
  look.kept = openat(place, "before", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (look.kept < 0) return failed("what was kept");
  look.device = facts.st_dev;
  look.whole = true;
  state_may_read((long long)MOST_READ_GB << 30);
  look_into(from, 0);
  tell_gone();
  printf("end %d\n", look.whole);
  return fflush(stdout) == 0 ? 0 : 125;
}
