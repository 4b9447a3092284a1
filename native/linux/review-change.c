/*
 * Carries a list of changes over into a folder, all of it or nothing.
 *
 * On stdin: `gatehouse-change 1`, then `mode apply|restore`, `root PATH DEVICE INODE`, `source PATH`, `backup PATH`,
 * `stage NAME`, one `op PATH BEFORE AFTER SOURCE` for each change, `end`; words percent-encoded. An op's SOURCE is the
 * path below `source` where the content of AFTER lies, `-` without one. Its number in the list is its backup's name.
 *
 * apply: looks whether everything is as BEFORE says; copies what is new into a folder of its own in the root and what
 * will be replaced into the backup, and checks both by their hashes; writes `committing`; exchanges one path after the
 * other, looking each time at what was swapped out; writes `done`. What fails on the way is put back: a path that
 * somebody changed at that very moment refuses all of it, and stays as they left it. restore puts
 * back what an apply that was cut off had done, from its backup; what is neither as before nor as after stays.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "review-files.h"
#include "review-list.h"
#include "review.h"

enum { OWN_MODES = 07777 };

static struct review_list job;
static int stage = -1;
static unsigned long conflicts;

static void conflict(const char *path, const char *why) {
  conflicts++;
  fputs("conflict ", stdout);
  print_encoded(path);
  putchar(' ');
  print_encoded(why);
  putchar('\n');
}

static int trouble(const char *what, const char *path) {
  fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
  return 125;
}

static const char *number(const char *prefix, size_t index) {
  static char names[2][32];
  static int turn;
  turn = 1 - turn;
  snprintf(names[turn], sizeof names[turn], "%s%zu", prefix, index);
  return names[turn];
}

static bool has_content(const struct state *state) { return state->kind == 'f' || state->kind == 'l'; }

/* What was looked at still lies there. A change of its links or owner changes its ctime, as our own moves do. */
static bool is_seen(const struct stat *now, const struct stat *seen) {
  return now->st_ino == seen->st_ino && now->st_dev == seen->st_dev && now->st_size == seen->st_size && now->st_mode == seen->st_mode &&
         now->st_mtim.tv_sec == seen->st_mtim.tv_sec && now->st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

static bool sync_mark(const char *name) {
  int fd = openat(job.backup, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool fine = fd >= 0 && fsync(fd) == 0 && fsync(job.backup) == 0;
  if (fd >= 0) close(fd);
  return fine;
}

static bool makes_folder_of_link(const struct review_op *op, const char *path) {
  size_t length = strlen(op->path);
  return op->before.kind == 'l' && op->after.kind == 'd' && strncmp(path, op->path, length) == 0 && path[length] == '/';
}

/* Whether a link on the way to a path gives way to a folder that another op makes; that op looks at the link. */
static bool has_folder_for_link(const char *path) {
  static size_t last; /* what is in one folder mostly stands together */
  if (last < job.count && makes_folder_of_link(&job.ops[last], path)) return true;
  for (size_t i = 0; i < job.count; i++) {
    if (!makes_folder_of_link(&job.ops[i], path)) continue;
    last = i;
    return true;
  }
  return false;
}

/* Everything is as it was reviewed, or told as a conflict. */
static void check_before(void) {
  for (size_t i = 0; i < job.count; i++) {
    struct review_op *op = &job.ops[i];
    const char *name;
    int parent = open_parent(job.root, op->path, &name);
    /* A folder that another op makes is not there yet. */
    if (parent < 0 && op->before.kind == '-' && errno == ENOENT) continue;
    if (parent < 0 && op->before.kind == '-' && errno == ENOTDIR && i > 0) continue;
    if (parent < 0 && op->before.kind == '-' && errno == ELOOP && has_folder_for_link(op->path)) continue;
    if (parent < 0) {
      conflict(op->path, errno == ELOOP ? "a link is on the way to it" : strerror(errno));
      continue;
    }
    struct state now;
    if (!state_at(parent, name, &now, &op->seen)) conflict(op->path, strerror(errno));
    else if (!state_same(&now, &op->before))
      conflict(op->path, op->before.kind == '-' ? "it is there now" : now.kind == '-' ? "it is gone" : "it changed meanwhile");
    state_free(&now);
    close(parent);
  }
}

static bool stage_new(const struct review_op *op, size_t index) {
  if (op->after.kind == 'l') return symlinkat(op->after.target, stage, number("n", index)) == 0;
  char hash[HASH_TEXT];
  int from = op->source == NULL ? -1 : open_below(job.source, op->source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat facts;
  bool fine = from >= 0 && fstat(from, &facts) == 0;
  if (fine && !S_ISREG(facts.st_mode)) {
    conflict(op->path, "what was reviewed is no regular file any more");
  } else if (fine) {
    fine = copy_file(from, stage, number("n", index), op->after.mode & 0777, hash);
    if (fine && strcmp(hash, op->after.hash) != 0) conflict(op->path, "its content is not what was reviewed");
  }
  int error = errno;
  if (from >= 0) close(from);
  errno = error;
  return fine;
}

/* New files belong to whoever the old ones, or their folder, belong to: only root makes others' files. */
static void give_owner(const struct review_op *op, size_t index) {
  if (geteuid() != 0) return;
  struct stat facts = op->seen;
  if (op->before.kind == '-') {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", op->path);
    for (;;) {
      char *slash = strrchr(path, '/');
      if (slash == NULL) break;
      *slash = '\0';
      int fd = open_below(job.root, path, O_PATH | O_NOFOLLOW);
      if (fd < 0) continue;
      bool fine = fstat(fd, &facts) == 0;
      close(fd);
      if (fine) goto known;
    }
    if (fstat(job.root, &facts) != 0) return;
  }
known:
  if (fchownat(stage, number("n", index), facts.st_uid, facts.st_gid, AT_SYMLINK_NOFOLLOW) != 0) return;
}

/* A file with one name is kept by a second one, without being read again. */
static bool keep_old(const struct review_op *op, size_t index) {
  const char *name;
  if (op->before.kind == 'l') return symlinkat(op->before.target, job.backup, number("", index)) == 0;
  int parent = open_parent(job.root, op->path, &name);
  if (parent < 0) return false;
  struct stat kept;
  bool fine = false;
  if (op->seen.st_nlink == 1 && linkat(parent, name, job.backup, number("", index), 0) == 0) {
    fine = fstatat(job.backup, number("", index), &kept, AT_SYMLINK_NOFOLLOW) == 0 && is_seen(&kept, &op->seen);
    if (!fine) conflict(op->path, "it changed meanwhile");
    fine = true;
  } else {
    char hash[HASH_TEXT];
    int from = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    fine = from >= 0 && copy_file(from, job.backup, number("", index), 0600, hash);
    if (fine && strcmp(hash, op->before.hash) != 0) conflict(op->path, "it changed meanwhile");
    if (fine && geteuid() == 0) fine = fchownat(job.backup, number("", index), op->seen.st_uid, op->seen.st_gid, 0) == 0;
    if (from >= 0) close(from);
  }
  close(parent);
  return fine;
}

/* False with errno set; then everything of it is put back by put_back. */
static bool commit(const struct review_op *op, size_t index) {
  const char *name;
  struct stat facts;
  bool fine = false;
  int parent = open_parent(job.root, op->path, &name);
  if (parent < 0) return false;
  const char *fresh = number("n", index);
  if (op->before.kind == 'd' && op->after.kind == 'd') {
    fine = true; /* its mode is set last */
  } else if (has_content(&op->before) && has_content(&op->after)) {
    fine = renameat2(stage, fresh, parent, name, RENAME_EXCHANGE) == 0;
    if (fine && (fstatat(stage, fresh, &facts, AT_SYMLINK_NOFOLLOW) != 0 || !is_seen(&facts, &op->seen))) {
      renameat2(stage, fresh, parent, name, RENAME_EXCHANGE);
      errno = EBUSY;
      fine = false;
    }
  } else {
    fine = true;
    if (has_content(&op->before)) {
      fine = renameat2(parent, name, stage, number("o", index), RENAME_NOREPLACE) == 0;
      if (fine && (fstatat(stage, number("o", index), &facts, AT_SYMLINK_NOFOLLOW) != 0 || !is_seen(&facts, &op->seen))) {
        renameat2(stage, number("o", index), parent, name, RENAME_NOREPLACE);
        errno = EBUSY;
        fine = false;
      }
    } else if (op->before.kind == 'd') {
      fine = unlinkat(parent, name, AT_REMOVEDIR) == 0;
    }
    if (fine && has_content(&op->after)) {
      fine = renameat2(stage, fresh, parent, name, RENAME_NOREPLACE) == 0;
    } else if (fine && op->after.kind == 'd') {
      fine = mkdirat(parent, name, 0700) == 0;
      if (fine && geteuid() == 0 && fstat(parent, &facts) == 0 && fchownat(parent, name, facts.st_uid, facts.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
        fine = false;
    }
  }
  int error = errno;
  close(parent);
  errno = error;
  return fine;
}

static bool set_mode(const struct review_op *op, unsigned mode) {
  int fd = open_below(job.root, op->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  bool fine = fd >= 0 && fchmod(fd, mode & OWN_MODES) == 0;
  if (fd >= 0) close(fd);
  return fine;
}

static bool lies_in_stage(const char *name, const struct state *state) {
  struct state now;
  struct stat facts;
  bool same = state_at(stage, name, &now, &facts) && state_same(&now, state);
  state_free(&now);
  return same;
}

/*
 * Whether a path was never changed, or was changed back at once because it was no longer what had been looked at. What
 * is to come still lies in the stage then, and what is to go is not there: whatever somebody put at the path meanwhile
 * is theirs, and stays.
 */
static bool is_untouched(const struct review_op *op, size_t index) {
  /* A folder is gone before what takes its place comes. */
  if (op->before.kind == 'd') return false;
  if (has_content(&op->after)) return lies_in_stage(number("n", index), &op->after);
  return has_content(&op->before) && faccessat(stage, number("o", index), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

/* One path as it was before. Nothing is done to what is neither as before nor as after. */
static bool put_back_one(const struct review_op *op, size_t index) {
  const char *name;
  struct state now;
  struct stat facts;
  int parent = open_parent(job.root, op->path, &name);
  if (parent < 0) return op->before.kind == '-' && (errno == ENOENT || errno == ENOTDIR || (errno == ELOOP && has_folder_for_link(op->path)));
  bool fine = state_at(parent, name, &now, &facts);
  bool folder = now.kind == 'd' && (op->before.kind == 'd' || op->after.kind == 'd');
  if (fine && !state_same(&now, &op->before)) {
    if (!folder && is_untouched(op, index)) {
      /* Told already, when it was looked at. */
    } else if (now.kind != '-' && !folder && !state_same(&now, &op->after)) {
      conflict(op->path, "it is neither as before nor as after");
      fine = false;
    } else if (op->before.kind == '-') {
      fine = unlinkat(parent, name, now.kind == 'd' ? AT_REMOVEDIR : 0) == 0;
    } else if (op->before.kind == 'd') {
      if (now.kind != 'd') fine = (now.kind == '-' || unlinkat(parent, name, 0) == 0) && mkdirat(parent, name, 0700) == 0;
    } else {
      const char *again = number("r", index);
      char hash[HASH_TEXT];
      if (now.kind == 'd') fine = unlinkat(parent, name, AT_REMOVEDIR) == 0;
      unlinkat(stage, again, 0);
      if (fine && op->before.kind == 'l') {
        fine = symlinkat(op->before.target, stage, again) == 0;
      } else if (fine) {
        int from = openat(job.backup, number("", index), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        fine = from >= 0 && copy_file(from, stage, again, op->before.mode, hash) && strcmp(hash, op->before.hash) == 0;
        if (fine && geteuid() == 0 && fstat(from, &facts) == 0 && fchownat(stage, again, facts.st_uid, facts.st_gid, 0) == 0)
          fine = fchmodat(stage, again, op->before.mode, 0) == 0;
        if (from >= 0) close(from);
      }
      fine = fine && renameat(stage, again, parent, name) == 0;
    }
  }
  state_free(&now);
  close(parent);
  return fine;
}

/* What a swapped out file holds that is neither the old nor the new one is somebody's work, and is not thrown away. */
static bool clear_stage(void) {
  bool whole = true;
  for (size_t i = 0; i < job.count; i++) {
    static const char *const prefixes[] = {"n", "o"};
    for (size_t at = 0; at < 2; at++) {
      struct state now;
      struct stat facts;
      const char *name = number(prefixes[at], i);
      if (!state_at(stage, name, &now, &facts)) now.kind = 's';
      bool ours = now.kind == '-' || state_same(&now, &job.ops[i].before) || state_same(&now, &job.ops[i].after);
      /* Half a copy of what was to come was never in the project. */
      if (!ours && at == 0 && faccessat(job.backup, "committing", F_OK, 0) != 0) ours = true;
      state_free(&now);
      if (ours) continue;
      whole = false;
      conflict(job.ops[i].path, "somebody wrote to it at that moment: that version is kept beside the project's files");
    }
  }
  return whole && remove_all(job.root, job.stage);
}

static int put_back(void) {
  bool whole = true;
  for (size_t i = job.count; i-- > 0;) {
    if (!put_back_one(&job.ops[i], i)) whole = false;
  }
  for (size_t i = 0; i < job.count; i++) {
    const struct review_op *op = &job.ops[i];
    if (op->before.kind == 'd' && !set_mode(op, op->before.mode)) whole = false;
  }
  if (!clear_stage()) whole = false;
  return whole ? 4 : 5;
}

static int apply(void) {
  check_before();
  if (conflicts > 0) return 3;
  if (mkdirat(job.root, job.stage, 0700) != 0) return trouble("no place for what comes, in the project:", job.stage);
  stage = openat(job.root, job.stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  bool fine = stage >= 0;
  const char *at = "";
  for (size_t i = 0; fine && i < job.count; i++) {
    at = job.ops[i].path;
    if (has_content(&job.ops[i].after)) fine = stage_new(&job.ops[i], i);
    if (fine && has_content(&job.ops[i].after)) give_owner(&job.ops[i], i);
    if (fine && has_content(&job.ops[i].before)) fine = keep_old(&job.ops[i], i);
  }
  if (fine && conflicts == 0) fine = syncfs(stage) == 0 && syncfs(job.backup) == 0 && sync_mark("committing");
  if (!fine || conflicts > 0) {
    if (!fine) trouble("it could not be prepared:", at);
    remove_all(job.root, job.stage);
    return conflicts > 0 ? 3 : 4;
  }
  for (size_t i = 0; fine && i < job.count; i++) {
    const struct review_op *op = &job.ops[i];
    /* A folder that its owner may not write to is, until the last modes are set. */
    if (op->before.kind == 'd' && (op->before.mode & S_IRWXU) != S_IRWXU) fine = set_mode(op, op->before.mode | S_IRWXU);
  }
  for (size_t i = 0; fine && i < job.count; i++) {
    at = job.ops[i].path;
    fine = commit(&job.ops[i], i);
    if (!fine && errno == EBUSY) conflict(at, "it changed at that moment");
  }
  for (size_t i = job.count; fine && i-- > 0;) {
    at = job.ops[i].path;
    if (job.ops[i].after.kind == 'd') fine = set_mode(&job.ops[i], job.ops[i].after.mode);
  }
  if (fine) fine = syncfs(job.root) == 0 && sync_mark("done");
  if (!fine) {
    trouble("it could not be carried over:", at);
    /* What somebody changed at that moment is as they left it, and all the rest is as it was. */
    int code = put_back();
    return code == 4 && conflicts > 0 ? 3 : code;
  }
  remove_all(job.root, job.stage);
  return 0;
}

static int restore(void) {
  /* It had come to its end. */
  if (faccessat(job.backup, "done", F_OK, 0) == 0) {
    remove_all(job.root, job.stage);
    return 0;
  }
  stage = openat(job.root, job.stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (faccessat(job.backup, "committing", F_OK, 0) != 0) {
    if (stage >= 0) remove_all(job.root, job.stage);
    return 4;
  }
  if (stage < 0 && (errno != ENOENT || mkdirat(job.root, job.stage, 0700) != 0)) return trouble("no stage:", job.stage);
  if (stage < 0) stage = openat(job.root, job.stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return stage < 0 ? trouble("no stage:", job.stage) : put_back();
}

int review_change(void) {
  if (!review_list_read(&job)) return 125;
  /* One at a time: whoever puts back waits for one that still works, and one that comes twice finds it done. */
  if (flock(job.backup, LOCK_EX) != 0) return trouble("no lock on", "the backup");
  int code = job.restores ? restore() : apply();
  fflush(stdout);
  return code;
}
