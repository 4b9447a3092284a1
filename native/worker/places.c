/* Paths, once for all tools: text is only taken apart here; what it means is decided by the kernel, by descriptor. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker.h"

static struct {
  int fd;
  bool writable;
  char path[4096]; /* without a slash at its end */
} roots[MOST_ROOTS];
static size_t root_count;
static char *names[MOST_NAMES];
static size_t name_count;

/*
 * Opens what lies below a descriptor, part by part: each from the folder before it, and none through a link. This is
 * openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, which the filter of system calls does not let into a sandbox.
 * `path` has no `..` in it. With O_PATH and O_NOFOLLOW a link in the last place is opened itself.
 */
static int beneath(int root, const char *path, int flags) {
  int at = root;
  for (;;) {
    char part[256];
    struct stat facts;
    size_t length = strcspn(path, "/");
    bool last = path[length] == '\0';
    if (length == 0 || length >= sizeof part) {
      errno = ENAMETOOLONG;
      if (at != root) close(at);
      return -1;
    }
    memcpy(part, path, length);
    part[length] = '\0';
    int next = openat(at, part, (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    /* A link where a folder was wanted is told as what it is. */
    if (next < 0 && error == ENOTDIR && fstatat(at, part, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(facts.st_mode)) error = ELOOP;
    if (next >= 0 && last && (flags & (O_PATH | O_NOFOLLOW)) == O_PATH && (fstat(next, &facts) != 0 || S_ISLNK(facts.st_mode))) {
      close(next);
      next = -1;
      error = ELOOP;
    }
    if (at != root) close(at);
    if (next < 0 || last) {
      errno = error;
      return next;
    }
    at = next;
    path += length + 1;
  }
}

/* Takes `.`, `..` and doubled slashes out of an absolute path. False when it is none, or too long. */
static bool normalized(const struct field *path, char out[4096]) {
  size_t used = 0;
  if (path->size == 0 || path->bytes[0] != '/' || memchr(path->bytes, 0, path->size) != NULL) return false;
  for (const char *at = path->bytes; *at != '\0';) {
    while (*at == '/') at++;
    size_t length = strcspn(at, "/");
    if (length == 0) break;
    if (length == 2 && at[0] == '.' && at[1] == '.') {
      while (used > 0 && out[--used] != '/') continue;
    } else if (!(length == 1 && at[0] == '.')) {
      if (length > 255 || used + 1 + length >= 4095) return false;
      out[used++] = '/';
      memcpy(out + used, at, length);
      used += length;
    }
    at += length;
  }
  out[used] = '\0';
  return true;
}

bool places_open(const struct frame *frame) {
  /* Then `r` or `w` before each folder, `n` before each protected name. */
  for (size_t i = 1; i + 1 < frame->count; i += 2) {
    const struct field *kind = &frame->fields[i];
    const struct field *value = &frame->fields[i + 1];
    if (kind->size == 1 && kind->bytes[0] == 'n') {
      if (name_count == MOST_NAMES || value->size == 0 || (names[name_count] = strdup(value->bytes)) == NULL) _exit(2);
      name_count++;
      continue;
    }
    if (kind->size != 1 || root_count == MOST_ROOTS) _exit(2);
    char *path = roots[root_count].path;
    if (!normalized(value, path) || path[0] == '\0') {
      answer_error("not a folder that can be worked in: %s", value->bytes);
      return false;
    }
    int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = top < 0 ? -1 : beneath(top, path + 1, O_PATH);
    if (top >= 0) close(top);
    if (fd < 0) {
      answer_error("%s cannot be opened in the sandbox: %s", path, strerror(errno));
      return false;
    }
    roots[root_count].fd = fd;
    roots[root_count++].writable = kind->bytes[0] == 'w';
  }
  return true;
}

bool place_find(const struct field *path, struct place *place) {
  size_t best = 0;
  size_t found = MOST_ROOTS;
  if (!normalized(path, place->shown)) {
    answer_error("not a path that can be used; give an absolute one, or one from the project, without zero bytes and of at most 4000 bytes");
    return false;
  }
  for (size_t i = 0; i < root_count; i++) {
    size_t length = strlen(roots[i].path);
    if (length < best || strncmp(place->shown, roots[i].path, length) != 0) continue;
    if (place->shown[length] != '/' && place->shown[length] != '\0') continue;
    best = length;
    found = i;
  }
  if (found == MOST_ROOTS) {
    answer_error("%s is outside of what these tools may touch: the project%s", place->shown[0] == '\0' ? "/" : place->shown,
                 root_count > 1 ? " and the folders that the policy allows" : "");
    return false;
  }
  place->root = roots[found].fd;
  place->writable = roots[found].writable;
  snprintf(place->rest, sizeof place->rest, "%s", place->shown[best] == '\0' ? "." : place->shown + best + 1);
  return true;
}

/* The name at the beginning of `path`, part by part, whatever the letters' case: a file system may not tell it apart. */
static bool begins_with(const char *path, const char *name) {
  size_t length = strlen(name);
  return strncasecmp(path, name, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static const char *protected_by(const char *rest) {
  for (const char *at = rest; at != NULL; at = strchr(at, '/')) {
    if (*at == '/') at++;
    for (size_t i = 0; i < name_count; i++) {
      if (begins_with(at, names[i])) return names[i];
    }
  }
  return NULL;
}

bool place_change(const struct field *path, struct place *place) {
  if (!place_find(path, place)) return false;
  const char *name = protected_by(place->rest);
  if (name != NULL) {
    answer_error("%s is protected: %s is obeyed by git, an agent, an editor or a shell outside of the sandbox", place->shown, name);
    return false;
  }
  if (!place->writable) {
    answer_error("%s is read-only here", place->shown);
    return false;
  }
  if (strcmp(place->rest, ".") == 0) {
    answer_error("%s is the folder itself that these tools work in", place->shown);
    return false;
  }
  return true;
}

int place_open(const struct place *place, int flags) { return beneath(place->root, place->rest, flags); }

/* Which part of the way is a link, and where it says it leads. */
static void tell_link(const struct place *place, const char *what) {
  char part[4096];
  snprintf(part, sizeof part, "%s", place->rest);
  for (char *slash = part;;) {
    slash = strchr(slash, '/');
    if (slash != NULL) *slash = '\0';
    int fd = beneath(place->root, part, O_PATH | O_NOFOLLOW);
    struct stat facts;
    if (fd >= 0 && fstat(fd, &facts) == 0 && S_ISLNK(facts.st_mode)) {
      char target[1024];
      ssize_t size = readlinkat(fd, "", target, sizeof target - 1);
      close(fd);
      target[size < 0 ? 0 : size] = '\0';
      answer_error("%s %s: %s is a link to %s, and links are not followed; give the path that it leads to", what, place->shown, part, target);
      return;
    }
    if (fd >= 0) close(fd);
    if (slash == NULL || fd < 0) break;
    *slash++ = '/';
  }
  answer_error("%s %s: a link is on the way, and links are not followed", what, place->shown);
}

void place_failed(const struct place *place, const char *what) {
  switch (errno) {
    case ELOOP:
      tell_link(place, what);
      return;
    case ENOENT:
      answer_error("%s %s: there is no such file or folder", what, place->shown);
      return;
    case EXDEV:
      answer_error("%s %s: the way there leads out of the project", what, place->shown);
      return;
    case EROFS:
      answer_error("%s %s: it is read-only in the sandbox", what, place->shown);
      return;
    case EACCES:
    case EPERM:
      answer_error("%s %s: it may not be used here (permissions, or a protected place)", what, place->shown);
      return;
    default:
      answer_error("%s %s: %s", what, place->shown, strerror(errno));
  }
}

int place_parent(const struct place *place, const char **name, bool make) {
  static char part[4096];
  snprintf(part, sizeof part, "%s", place->rest);
  char *last = strrchr(part, '/');
  *name = last == NULL ? place->rest : place->rest + (last - part) + 1;
  if (last == NULL) {
    int fd = beneath(place->root, ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0) place_failed(place, "cannot change");
    return fd;
  }
  *last = '\0';
  int fd = beneath(place->root, part, O_RDONLY | O_DIRECTORY);
  if (fd >= 0 || errno != ENOENT || !make) {
    if (fd < 0) place_failed(place, "cannot change");
    return fd;
  }
  /* Part by part, each from the folder before it. */
  int above = beneath(place->root, ".", O_RDONLY | O_DIRECTORY);
  for (char *at = part; above >= 0 && at != NULL;) {
    char *slash = strchr(at, '/');
    if (slash != NULL) *slash = '\0';
    fd = beneath(above, at, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && errno == ENOENT && (mkdirat(above, at, 0755) == 0 || errno == EEXIST)) fd = beneath(above, at, O_RDONLY | O_DIRECTORY);
    int error = errno;
    close(above);
    errno = error;
    above = fd;
    at = slash == NULL ? NULL : slash + 1;
  }
  if (above < 0) place_failed(place, "cannot make the folder for");
  return above;
}

static const char *kind_of(unsigned mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a link";
  return "a device";
}

int place_open_file(const struct place *place, size_t *size, unsigned *mode) {
  struct stat facts;
  /* Opening a pipe or a device does something to it: first it is looked at without being opened. */
  int look = place_open(place, O_PATH);
  if (look < 0 || fstat(look, &facts) != 0) {
    place_failed(place, "cannot open");
    if (look >= 0) close(look);
    return -1;
  }
  int fd = -1;
  if (S_ISREG(facts.st_mode)) {
    fd = place_open(place, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) place_failed(place, "cannot open");
    /* It may have been replaced in between. */
    else if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      close(fd);
      fd = -1;
      answer_error("%s changed while it was opened; try again", place->shown);
    }
  } else {
    answer_error("%s is %s, not a file", place->shown, kind_of(facts.st_mode));
  }
  close(look);
  *size = facts.st_size < 0 ? 0 : (size_t)facts.st_size;
  *mode = facts.st_mode;
  return fd;
}

char *read_whole(int file, const struct place *place, size_t *size) {
  char *bytes = malloc((size_t)MOST_FILE + 2);
  *size = 0;
  while (bytes != NULL) {
    ssize_t got = read(file, bytes + *size, (size_t)MOST_FILE + 1 - *size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      place_failed(place, "cannot read");
      break;
    }
    *size += (size_t)got;
    if (*size > MOST_FILE) {
      answer_error("%s is larger than %d bytes, which is the most that is changed at once", place->shown, MOST_FILE);
      break;
    }
    if (got == 0) {
      bytes[*size] = '\0';
      return bytes;
    }
  }
  if (bytes == NULL) answer_error("there is no memory for %s", place->shown);
  free(bytes);
  return NULL;
}
