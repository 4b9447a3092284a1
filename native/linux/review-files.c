#define _GNU_SOURCE
#include "review-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/sha256.h"
#include "calls.h"
#include "request.h"

enum { BLOCK = 128 * 1024, DEEPEST_FOLDER = 40 };

/* A larger one is not read: it may be nothing but a hole that would take hours. */
static const long long LARGEST_FILE = 16LL << 30;

static long long may_read = LLONG_MAX;

void state_may_read(long long bytes) { may_read = bytes; }

static char block_bytes[BLOCK];

static void put_hash(struct sha256 *hash, char out[HASH_TEXT]) {
  unsigned char digest[SHA256_BYTES];
  sha256_end(hash, digest);
  for (size_t i = 0; i < SHA256_BYTES; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* Reads `from` to its end; writes it to `to` unless that is -1. */
static bool drain(int from, int to, char hash[HASH_TEXT], long long *size) {
  struct sha256 state;
  sha256_start(&state);
  *size = 0;
  for (;;) {
    ssize_t got = read(from, block_bytes, sizeof block_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    sha256_add(&state, (const unsigned char *)block_bytes, (size_t)got);
    *size += got;
    for (ssize_t sent = 0; to >= 0 && sent < got;) {
      ssize_t wrote = write(to, block_bytes + sent, (size_t)(got - sent));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return false;
      sent += wrote;
    }
  }
  put_hash(&state, hash);
  return true;
}

bool state_at(int dir, const char *name, struct state *state, struct stat *facts) {
  memset(state, 0, sizeof *state);
  state->kind = '-';
  if (fstatat(dir, name, facts, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
  state->mode = facts->st_mode & 07777;
  state->size = facts->st_size;
  if (S_ISDIR(facts->st_mode)) {
    state->kind = 'd';
  } else if (S_ISLNK(facts->st_mode)) {
    state->kind = 'l';
    state->target = calloc(1, PATH_MAX);
    if (state->target == NULL) return false;
    return readlinkat(dir, name, state->target, PATH_MAX - 1) > 0;
  } else if (S_ISREG(facts->st_mode) && (facts->st_size > LARGEST_FILE || facts->st_size > may_read)) {
    state->kind = 'u';
  } else if (S_ISREG(facts->st_mode)) {
    state->kind = 'f';
    struct stat opened;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    /* What was looked at is what is read. */
    bool fine = fstat(fd, &opened) == 0 && opened.st_ino == facts->st_ino && opened.st_dev == facts->st_dev;
    if (!fine) errno = ESTALE;
    fine = fine && drain(fd, -1, state->hash, &state->size);
    if (may_read != LLONG_MAX) may_read -= state->size;
    int error = errno;
    close(fd);
    errno = error;
    return fine;
  } else {
    state->kind = 's';
  }
  return true;
}

bool state_same(const struct state *a, const struct state *b) {
  if (a->kind != b->kind) return false;
  switch (a->kind) {
    case 'd':
      return a->mode == b->mode;
    case 'f':
      return a->mode == b->mode && a->size == b->size && strcmp(a->hash, b->hash) == 0;
    case 'l':
      return strcmp(a->target, b->target) == 0;
    default:
      return a->kind == '-';
  }
}

bool state_parse(char *word, struct state *state) {
  memset(state, 0, sizeof *state);
  state->kind = word[0];
  if (strcmp(word, "-") == 0) return true;
  if (word[0] == '\0' || word[1] != ':') return false;
  char *rest = word + 2;
  if (state->kind == 'l') {
    state->target = rest;
    return decode_path(rest) && rest[0] != '\0' && strlen(rest) < PATH_MAX;
  }
  if (state->kind != 'd' && state->kind != 'f') return false;
  char *mode = strsep(&rest, ":");
  char *end;
  state->mode = (unsigned)strtoul(mode, &end, 8);
  if (*mode == '\0' || *end != '\0' || state->mode > 07777) return false;
  if (state->kind == 'd') return rest == NULL;
  char *size = rest == NULL ? NULL : strsep(&rest, ":");
  if (size == NULL || rest == NULL || strlen(rest) != HASH_TEXT - 1) return false;
  state->size = strtoll(size, &end, 10);
  memcpy(state->hash, rest, HASH_TEXT);
  return *size != '\0' && *end == '\0';
}

void state_print(const struct state *state) {
  switch (state->kind) {
    case 'd':
      printf("d:%o", state->mode);
      break;
    case 'f':
      printf("f:%o:%lld:%s", state->mode, state->size, state->hash);
      break;
    case 'l':
      fputs("l:", stdout);
      print_encoded(state->target);
      break;
    case 's':
    case 'u':
      printf("%c:", state->kind);
      break;
    default:
      putchar('-');
  }
}

void state_free(struct state *state) {
  free(state->target);
  state->target = NULL;
}

bool decode_path(char *word) {
  if (strstr(word, "%00") != NULL) {
    errno = EINVAL;
    return false;
  }
  decoded(word);
  return true;
}

bool is_plain_relative(const char *path) {
  if (path[0] == '\0' || path[0] == '/' || strlen(path) >= PATH_MAX) return false;
  for (const char *part = path;; part++) {
    size_t length = strcspn(part, "/");
    if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.')) return false;
    part += length;
    if (*part == '\0') return true;
  }
}

int open_below(int root, const char *path, uint64_t flags) {
  return sys_openat2(root, path, flags | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

int open_parent(int root, const char *path, const char **name) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  if (slash == NULL) return open_below(root, ".", O_RDONLY | O_DIRECTORY);
  snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
  return open_below(root, folder, O_RDONLY | O_DIRECTORY);
}

bool copy_file(int from, int to, const char *name, unsigned mode, char hash[HASH_TEXT]) {
  long long size;
  int made = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (made < 0) return false;
  bool fine = drain(from, made, hash, &size) && fchmod(made, mode) == 0;
  int error = errno;
  if (close(made) != 0 && fine) {
    fine = false;
    error = errno;
  }
  errno = error;
  return fine;
}

/* What lies deeper than a program can hold open is moved up into `top` first; *moved says that there is such. */
static bool remove_below(int dir, const char *name, int top, unsigned depth, bool *moved) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES && fchmodat(dir, name, S_IRWXU, 0) == 0)
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat facts;
  if (fstat(fd, &facts) == 0 && (facts.st_mode & S_IRWXU) != S_IRWXU) fchmod(fd, S_IRWXU);
  if (depth >= DEEPEST_FOLDER) {
    static unsigned long count;
    char up[64];
    close(fd);
    do snprintf(up, sizeof up, ".gatehouse-deep-%lu", count++);
    while (renameat2(dir, name, top, up, RENAME_NOREPLACE) != 0 && errno == EEXIST);
    *moved = true;
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  }
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    close(fd);
    return false;
  }
  bool fine = true;
  bool again;
  do {
    again = false;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
      if (!remove_below(dirfd(folder), entry->d_name, depth == 0 ? dirfd(folder) : top, depth + 1, depth == 0 ? &again : moved)) fine = false;
    }
    if (again) rewinddir(folder);
  } while (again && fine);
  closedir(folder);
  return unlinkat(dir, name, AT_REMOVEDIR) == 0 && fine;
}

bool remove_all(int dir, const char *name) {
  bool moved = false;
  return remove_below(dir, name, dir, 0, &moved);
}

void print_encoded(const char *text) {
  static char word[3 * PATH_MAX + 1];
  put_encoded(word, text);
  fputs(word, stdout);
}
