#define _GNU_SOURCE
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "calls.h"
#include "mapping.h"
#include "snapshot.h"

enum { READ_ONLY = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, WRITABLE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

struct view {
  int memory; /* one file system for all that is not of the host: a folder in it for each place, none leads to another */
  int root;   /* of the view, the first of these folders */
  char *why;
  size_t why_size;
};

static bool failed(char *why, size_t size, const char *what, const char *path) {
  snprintf(why, size, "%s %s: %s", what, path, strerror(errno));
  return false;
}

/* A detached copy of what lies at `path`, with these attributes; -1 with errno set. */
static int open_copy(int dir, const char *path, uint64_t resolve, uint64_t attributes) {
  int at = sys_openat2(dir, path, O_PATH | O_CLOEXEC | O_NOFOLLOW, resolve);
  if (at < 0) return -1;
  int copy = sys_open_tree(at, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  int error = errno;
  close(at);
  struct mount_attr attr = {.attr_set = attributes};
  if (copy >= 0 && attributes != 0 && sys_mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) != 0) {
    error = errno;
    close(copy);
    copy = -1;
  }
  errno = error;
  return copy;
}

static uint64_t attributes_of(const struct step *step) {
  return step->verb == V_COW || strcmp(step->words[0], "rw") == 0 ? WRITABLE : READ_ONLY;
}

static bool is_tree(const struct step *step) { return step->verb == V_TREE || step->verb == V_OWN || step->verb == V_COW; }

/* The folder or file of the host that a step names. */
static const char *source_of(const struct step *step) { return step->words[step->verb == V_COW ? 0 : 1]; }

/* A copy of the host's `path` for the view, its files owned by the command's user; -1 with `why` set. */
static int open_mapped(const char *path, uint64_t attributes, int names, char *why, size_t size) {
  int copy = open_copy(AT_FDCWD, path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, attributes);
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)names};
  if (copy < 0) {
    failed(why, size, "there is no", path);
  } else if (names >= 0 && sys_mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) != 0) {
    failed(why, size, "its file system cannot map users for", path);
    close(copy);
    copy = -1;
  }
  return copy;
}

bool view_prepare(struct launch *launch, char *why, size_t size) {
  int names = mapping(launch->uid, launch->gid);
  if (names < 0) return failed(why, size, "no mapping for", "the command's user");
  bool fine = true;
  for (size_t i = 0; fine && i < launch->plan.count; i++) {
    const struct step *step = &launch->plan.steps[i];
    if (!is_tree(step)) continue;
    launch->trees[i] = open_mapped(source_of(step), attributes_of(step), step->verb == V_TREE ? -1 : names, why, size);
    fine = launch->trees[i] >= 0;
    if (fine && step->verb == V_COW) {
      /* Then there is no copy, which the report says. */
      launch->layers = open_mapped(step->words[2], WRITABLE, names, launch->no_layers, sizeof launch->no_layers);
    }
  }
  close(names);
  return fine;
}

/* The folder `part` of the view, made where it is not, with those above it. No link is followed. -1 with errno set. */
static int open_folder(const struct view *view, char *part) {
  int at = sys_openat2(view->root, part, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  if (at >= 0 || errno != ENOENT) return at;
  char *slash = strrchr(part, '/');
  const char *name = slash == NULL ? part : slash + 1;
  if (slash != NULL) *slash = '\0';
  int above = slash == NULL ? dup(view->root) : open_folder(view, part);
  if (slash != NULL) *slash = '/';
  if (above < 0) return -1;
  if (mkdirat(above, name, 0755) == 0 || errno == EEXIST) at = openat(above, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  int error = errno;
  close(above);
  errno = error;
  return at;
}

/* What lies at `path`; where nothing does, a folder or an empty file is made. -1 when it was told why not. */
static int open_place(struct view *view, const char *path, bool folder) {
  char part[PATH_MAX];
  snprintf(part, sizeof part, "%s", path + 1);
  int at = sys_openat2(view->root, part, O_PATH | O_CLOEXEC | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  if (at >= 0) return at;
  if (folder) {
    at = open_folder(view, part);
  } else {
    char *slash = strrchr(part, '/');
    if (slash != NULL) *slash = '\0';
    int above = slash == NULL ? dup(view->root) : open_folder(view, part);
    if (above >= 0) {
      at = openat(above, slash == NULL ? part : slash + 1, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
      int error = errno;
      close(above);
      errno = error;
    }
  }
  if (at < 0) failed(view->why, view->why_size, "no place for", path);
  return at;
}

static bool make_place(struct view *view, const char *path, bool folder) {
  int at = open_place(view, path, folder);
  if (at >= 0) close(at);
  return at >= 0;
}

/* Takes the mount `copy` over and puts it at `path`, which is made where it is not. */
static bool put_at(struct view *view, int copy, const char *path, bool folder) {
  int place = open_place(view, path, folder);
  bool fine = place >= 0 && sys_move_mount(copy, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
  if (place >= 0 && !fine) failed(view->why, view->why_size, "not mounted:", path);
  if (place >= 0) close(place);
  close(copy);
  return fine;
}

static int new_memory(const char *size) {
  int fs = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (fs < 0) return -1;
  int made = -1;
  if (sys_fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) == 0 && sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
      sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
    made = sys_fsmount(fs, FSMOUNT_CLOEXEC, WRITABLE);
  }
  int error = errno;
  close(fs);
  errno = error;
  return made;
}

/* A detached mount of a new folder in the view's memory. -1 with errno set. */
static int new_folder(const struct view *view, const char *name, mode_t mode) {
  if (mkdirat(view->memory, name, 0700) != 0 || fchmodat(view->memory, name, mode, 0) != 0) return -1;
  return sys_open_tree(view->memory, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static bool put_memory(struct view *view, const char *path, mode_t mode, size_t index) {
  char name[32];
  snprintf(name, sizeof name, "folder%zu", index);
  int made = new_folder(view, name, mode);
  if (made < 0) return failed(view->why, view->why_size, "no file system in memory for", path);
  return put_at(view, made, path, true);
}

static bool put_tree(struct view *view, const struct launch *launch, size_t index) {
  const struct step *step = &launch->plan.steps[index];
  int copy = launch->trees[index];
  if (copy < 0) copy = open_copy(AT_FDCWD, source_of(step), RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, attributes_of(step));
  if (copy < 0) return failed(view->why, view->why_size, "there is no", step->words[1]);
  struct stat facts;
  if (fstat(copy, &facts) != 0) return failed(view->why, view->why_size, "nothing is known of", step->words[1]);
  if (S_ISLNK(facts.st_mode)) {
    snprintf(view->why, view->why_size, "it is a link: %s", step->words[1]);
    close(copy);
    return false;
  }
  return put_at(view, copy, step->words[2], S_ISDIR(facts.st_mode));
}

/* The project, changed in a copy; where that cannot be had the project itself, which the report says. */
static bool put_copy(struct view *view, const struct launch *launch, size_t index, struct report *report) {
  const struct step *step = &launch->plan.steps[index];
  char why[96] = "";
  int lower = launch->trees[index];
  int layers = launch->layers;
  if (lower < 0) lower = open_copy(AT_FDCWD, step->words[0], RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, WRITABLE);
  if (lower < 0) return failed(view->why, view->why_size, "there is no", step->words[0]);
  bool none = launch->no_layers[0] != '\0';
  if (layers < 0 && !none) layers = open_copy(AT_FDCWD, step->words[2], RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, WRITABLE);
  if (layers < 0 && !none) return failed(view->why, view->why_size, "there is no", step->words[2]);
  if (!make_place(view, step->words[1], true)) return false;
  int made = -1;
  if (none) snprintf(why, sizeof why, "%.90s", launch->no_layers);
  else made = snapshot_mount(view->root, lower, layers, why, sizeof why);
  bool fine;
  if (made >= 0) {
    fine = put_at(view, made, step->words[1], true);
    close(lower);
    report_on(report, HAS_SNAPSHOT, "what it writes to the project waits for a review");
  } else {
    fine = put_at(view, lower, step->words[1], true);
    report_off(report, HAS_SNAPSHOT, "%s", why);
  }
  if (layers >= 0) close(layers);
  snapshot_settle(view->root);
  return fine;
}

static bool put_guard(struct view *view, const struct step *step) {
  uint64_t attributes = strcmp(step->words[0], "ro") == 0 ? READ_ONLY : WRITABLE;
  int copy = open_copy(view->root, step->words[1] + 1, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, attributes);
  if (copy < 0) return failed(view->why, view->why_size, "cannot be guarded:", step->words[1]);
  /* Its place is there: it is what was copied. */
  return put_at(view, copy, step->words[1], true);
}

/* Written into memory, from where it is mounted: its place may lie in a tree that cannot be written. */
static bool put_file(struct view *view, const struct step *step, size_t index) {
  char name[32];
  size_t length = strlen(step->words[0]);
  snprintf(name, sizeof name, "file%zu", index);
  int file = openat(view->memory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
  bool fine = file >= 0 && write(file, step->words[0], length) == (ssize_t)length;
  if (file >= 0) close(file);
  int copy = fine ? open_copy(view->memory, name, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, READ_ONLY) : -1;
  if (copy < 0) return failed(view->why, view->why_size, "not written:", step->words[1]);
  return put_at(view, copy, step->words[1], false);
}

static bool put_devices(struct view *view) {
  static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    int copy = open_copy(AT_FDCWD, names[i], RESOLVE_NO_SYMLINKS, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (copy < 0) return failed(view->why, view->why_size, "there is no", names[i]);
    if (!put_at(view, copy, names[i], false)) return false;
  }
  if (!put_memory(view, "/dev/shm", 01777, MAX_PLAN_STEPS)) return false;
  int fs = sys_fsopen("devpts", FSOPEN_CLOEXEC);
  int made = -1;
  if (fs >= 0 && sys_fsconfig(fs, FSCONFIG_SET_STRING, "ptmxmode", "0666", 0) == 0 &&
      sys_fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0620", 0) == 0 && sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
    made = sys_fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  }
  if (fs >= 0) close(fs);
  if (made < 0) return failed(view->why, view->why_size, "no terminals of its own at", "/dev/pts");
  if (!put_at(view, made, "/dev/pts", true)) return false;
  bool fine = symlinkat("pts/ptmx", view->root, "dev/ptmx") == 0 && symlinkat("/proc/self/fd", view->root, "dev/fd") == 0 &&
              symlinkat("/proc/self/fd/0", view->root, "dev/stdin") == 0 &&
              symlinkat("/proc/self/fd/1", view->root, "dev/stdout") == 0 &&
              symlinkat("/proc/self/fd/2", view->root, "dev/stderr") == 0;
  return fine || failed(view->why, view->why_size, "not made:", "/dev");
}

/* A fresh one of the new process namespace, which nothing can be written to. Where a container forbids it: none. */
static bool put_proc(struct view *view, struct report *report) {
  int fs = sys_fsopen("proc", FSOPEN_CLOEXEC);
  int made = -1;
  if (fs >= 0 && sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    made = sys_fsmount(fs, FSMOUNT_CLOEXEC, READ_ONLY | MOUNT_ATTR_NOEXEC);
  int error = errno;
  if (fs >= 0) close(fs);
  if (made < 0) {
    report_off(report, HAS_PROC, "this place allows no /proc of its own (%s): there is none", strerror(error));
    return make_place(view, "/proc", true);
  }
  report_on(report, HAS_PROC, "its own, read-only");
  return put_at(view, made, "/proc", true);
}

/* Whether the place of this step lies in what an earlier one mounted. If not, it is in the root, which is closed as a whole. */
static bool is_in_mount(const struct plan *plan, size_t index) {
  const char *path = plan->steps[index].words[0];
  for (size_t i = 0; i < index; i++) {
    const struct step *step = &plan->steps[i];
    const char *above = step->verb == V_COW ? step->words[1] : is_tree(step) ? step->words[2] : step->verb == V_SCRATCH ? step->words[0] : NULL;
    size_t length = above == NULL ? 0 : strlen(above);
    if (length > 0 && strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0')) return true;
  }
  return false;
}

static bool put_step(struct view *view, const struct launch *launch, size_t index, struct report *report, unsigned *guards) {
  const struct step *step = &launch->plan.steps[index];
  switch (step->verb) {
    case V_TREE:
    case V_OWN:
      return put_tree(view, launch, index);
    case V_COW:
      return put_copy(view, launch, index, report);
    case V_DIR:
      return make_place(view, step->words[0], true);
    case V_SCRATCH:
      return put_memory(view, step->words[0], strcmp(step->words[0], "/tmp") == 0 ? 01777 : 0700, index);
    case V_CLOSED:
      return is_in_mount(&launch->plan, index) ? put_memory(view, step->words[0], 0755, index) : make_place(view, step->words[0], true);
    case V_LINK: {
      char parent[PATH_MAX];
      snprintf(parent, sizeof parent, "%s", step->words[1]);
      char *slash = strrchr(parent, '/');
      *slash = '\0';
      if (parent[0] != '\0' && !make_place(view, parent, true)) return false;
      return symlinkat(step->words[0], view->root, step->words[1] + 1) == 0 ||
             failed(view->why, view->why_size, "not linked:", step->words[1]);
    }
    case V_FILE:
      return put_file(view, step, index);
    case V_GUARD:
      *guards += 1;
      return put_guard(view, step);
    default:
      return true;
  }
}

static bool close_folder(struct view *view, const char *path) {
  struct mount_attr attr = {.attr_set = READ_ONLY};
  int at = sys_openat2(view->root, path + 1, O_PATH | O_CLOEXEC | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
  bool fine = at >= 0 && sys_mount_setattr(at, "", AT_EMPTY_PATH, &attr) == 0;
  if (!fine) failed(view->why, view->why_size, "cannot be closed:", path);
  if (at >= 0) close(at);
  return fine;
}

bool view_build(const struct launch *launch, struct report *report, char *why, size_t size) {
  struct view view = {.why = why, .why_size = size};
  const struct step *limit = plan_find(&launch->plan, V_SIZE);
  char most[32];
  snprintf(most, sizeof most, "%lld", limit == NULL ? 1LL << 30 : limit->number);
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) {
    snprintf(why, size, "mounts cannot be kept apart at /: %s" ASK_DOCTOR, strerror(errno));
    return false;
  }
  /* Only what is mounted is copied in parts. It lies where no step takes anything from, and goes with the old root. */
  view.memory = new_memory(most);
  if (view.memory < 0 || sys_move_mount(view.memory, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) != 0 ||
      (view.root = new_folder(&view, "root", 0755)) < 0 || sys_move_mount(view.root, "", view.memory, "root", MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return failed(why, size, "no new root over", "/proc");
  if (!put_devices(&view) || !put_proc(&view, report)) return false;
  unsigned guards = 0;
  for (size_t i = 0; i < launch->plan.count; i++) {
    if (!put_step(&view, launch, i, report, &guards)) return false;
  }
  for (size_t i = 0; i < launch->plan.count; i++) {
    if (launch->plan.steps[i].verb == V_CLOSED && is_in_mount(&launch->plan, i) && !close_folder(&view, launch->plan.steps[i].words[0])) return false;
  }
  struct mount_attr attr = {.attr_set = READ_ONLY};
  if (sys_mount_setattr(view.root, "", AT_EMPTY_PATH, &attr) != 0) return failed(why, size, "cannot be closed:", "/");
  /* The old root ends up over the new one, and is let go: no path leads to it any more. */
  struct stat own;
  struct stat above;
  if (fchdir(view.root) != 0 || sys_pivot_root(".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
      chdir("/") != 0 || fstat(view.root, &own) != 0 || stat("/..", &above) != 0)
    return failed(why, size, "the old root cannot be left:", "/");
  if (own.st_dev != above.st_dev || own.st_ino != above.st_ino) {
    errno = EBUSY;
    return failed(why, size, "the old root is still there:", "/");
  }
  close(view.root);
  close(view.memory);
  report_on(report, HAS_MOUNT, "a view of its own");
  if (guards > 0) report_on(report, HAS_GUARDS, "%u paths", guards);
  if (launch->from_root) report_on(report, HAS_IDMAP, "user %u", launch->uid);
  return true;
}
