/* Reading, writing, editing and deleting one file. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker.h"

enum { MOST_READ = 256 * 1024, PIECE = 64 * 1024, LONGEST_MS = 10 * 1000 };

struct reading {
  long first;
  long last;
  long line; /* of the next byte */
  size_t used;
  bool zero; /* a zero byte came */
  bool more; /* not all that was asked for was taken */
  char bytes[MOST_READ];
};

/* False when no more is needed. */
static bool take_piece(struct reading *reading, const char *piece, size_t size) {
  for (size_t at = 0; at < size;) {
    const char *end = memchr(piece + at, '\n', size - at);
    size_t length = end == NULL ? size - at : (size_t)(end - piece) - at + 1;
    if (reading->line > reading->last) {
      reading->more = true;
      return false;
    }
    if (reading->line >= reading->first) {
      size_t room = sizeof reading->bytes - reading->used;
      size_t part = length < room ? length : room;
      memcpy(reading->bytes + reading->used, piece + at, part);
      reading->used += part;
      if (memchr(piece + at, 0, part) != NULL) reading->zero = true;
      if (part < length) {
        reading->more = true;
        return false;
      }
    }
    if (end != NULL) reading->line++;
    at += length;
  }
  return true;
}

/* path, first line from 1, number of lines. Answers the bytes, then the line of the first byte that is left, 0 for none. */
void do_read(const struct frame *frame) {
  static struct reading reading;
  static char piece[PIECE];
  struct place place;
  size_t size;
  unsigned mode;
  long first = frame->count == 4 ? field_number(&frame->fields[2]) : -1;
  long count = first < 1 ? -1 : field_number(&frame->fields[3]);
  if (count < 1) {
    answer_error("the first line and the number of lines must be whole numbers from 1");
    return;
  }
  if (!place_find(&frame->fields[1], &place)) return;
  int file = place_open_file(&place, &size, &mode);
  if (file < 0) return;
  long long until = clock_ms() + LONGEST_MS;
  memset(&reading, 0, offsetof(struct reading, bytes));
  reading.first = first;
  reading.last = first + count - 1;
  reading.line = 1;
  bool started = false;
  for (;;) {
    ssize_t got = read(file, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      place_failed(&place, "cannot read");
      close(file);
      return;
    }
    if (got == 0) break;
    /* A file that begins as none of text holds none, whichever lines are wanted. */
    if (!started && memchr(piece, 0, got < 8192 ? (size_t)got : 8192) != NULL) reading.zero = true;
    started = true;
    if (reading.zero || !take_piece(&reading, piece, (size_t)got)) break;
    if (clock_ms() > until) {
      answer_error("%s: line %ld was not reached in %d seconds", place.shown, first, LONGEST_MS / 1000);
      close(file);
      return;
    }
  }
  close(file);
  if (reading.zero) {
    answer_error("%s is not text: it holds zero bytes (%zu bytes in all)", place.shown, size);
    return;
  }
  if (reading.used == 0 && first > 1) {
    answer_error("%s ends before line %ld", place.shown, first);
    return;
  }
  /* Lines are whole, unless there is only one. */
  char *end = reading.more ? memrchr(reading.bytes, '\n', reading.used) : NULL;
  if (end != NULL) reading.used = (size_t)(end - reading.bytes) + 1;
  char left[32];
  snprintf(left, sizeof left, "%ld", reading.more ? reading.line : 0);
  answer_start();
  answer_add(reading.bytes, reading.used);
  answer_text(left);
  answer_send(true);
}

static bool write_all(int file, const char *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t written = write(file, bytes + at, size - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    at += (size_t)written;
  }
  return true;
}

/*
 * Puts a new file in the place of the old one: who reads it sees all of the one or all of the other, and neither a
 * link nor another name of the old file is written through. Sends an error when it cannot.
 */
static bool replace(const struct place *place, const char *bytes, size_t size, bool make, bool *was_there) {
  const char *name;
  struct stat before;
  int folder = place_parent(place, &name, make);
  if (folder < 0) return false;
  *was_there = fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) == 0;
  if (*was_there && !S_ISREG(before.st_mode)) {
    errno = S_ISLNK(before.st_mode) ? ELOOP : EISDIR;
    if (S_ISLNK(before.st_mode)) place_failed(place, "cannot write");
    else answer_error("%s is there and is no file", place->shown);
    close(folder);
    return false;
  }
  if (*was_there && faccessat(folder, name, W_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS) != 0) {
    place_failed(place, "cannot write");
    close(folder);
    return false;
  }
  unsigned long long salt = 0;
  char fresh[64];
  if (getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt) salt = (unsigned long long)clock_ms();
  snprintf(fresh, sizeof fresh, ".gatehouse-%016llx.tmp", salt);
  int file = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  bool made = file >= 0;
  /* Never a bit that gives rights to who runs it. */
  bool fine = made && write_all(file, bytes, size) && fchmod(file, *was_there ? before.st_mode & 0777 : 0644) == 0;
  if (file >= 0 && close(file) != 0) fine = false;
  fine = fine && renameat(folder, fresh, folder, name) == 0;
  if (!fine) {
    int error = errno;
    if (made) unlinkat(folder, fresh, 0);
    errno = error;
    place_failed(place, "cannot write");
  }
  close(folder);
  return fine;
}

static void tell_done(const char *format, const struct place *place, size_t number) {
  char text[4400];
  snprintf(text, sizeof text, format, place->shown, number);
  answer_start();
  answer_text(text);
  answer_send(true);
}

/* path, content */
void do_write(const struct frame *frame) {
  struct place place;
  bool was_there;
  if (frame->count != 3 || !place_change(&frame->fields[1], &place)) {
    if (frame->count != 3) answer_error("a path and the content are needed");
    return;
  }
  if (replace(&place, frame->fields[2].bytes, frame->fields[2].size, true, &was_there))
    tell_done(was_there ? "%s is replaced: %zu bytes." : "%s is made: %zu bytes.", &place, frame->fields[2].size);
}

/* path, old text, new text, `1` for every place */
void do_edit(const struct frame *frame) {
  struct place place;
  size_t size;
  unsigned mode;
  if (frame->count != 5 || frame->fields[2].size == 0) {
    answer_error("the text to replace must not be empty");
    return;
  }
  const struct field *old = &frame->fields[2];
  const struct field *new = &frame->fields[3];
  bool every = frame->fields[4].size == 1 && frame->fields[4].bytes[0] == '1';
  if (!place_change(&frame->fields[1], &place)) return;
  int file = place_open_file(&place, &size, &mode);
  if (file < 0) return;
  char *bytes = read_whole(file, &place, &size);
  close(file);
  if (bytes == NULL) return;
  size_t count = 0;
  for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), old->bytes, old->size)) != NULL; at += old->size) count++;
  if (count == 0 || (count > 1 && !every)) {
    if (count == 0) answer_error("nothing was changed: the text to replace is not in %s", place.shown);
    else answer_error("nothing was changed: the text to replace is %zu times in %s; give more of what stands round it, or set replace_all", count, place.shown);
    free(bytes);
    return;
  }
  size_t removed = count * old->size;
  if (new->size > 0 && count > (MOST_FILE - (size - removed)) / new->size) {
    answer_error("nothing was changed: %s would become larger than %d bytes", place.shown, MOST_FILE);
    free(bytes);
    return;
  }
  size_t total = size - removed + count * new->size;
  char *made = malloc(total + 1);
  if (made == NULL) {
    answer_error("there is no memory for %s", place.shown);
    free(bytes);
    return;
  }
  size_t used = 0;
  char *from = bytes;
  for (char *at; (at = memmem(from, size - (size_t)(from - bytes), old->bytes, old->size)) != NULL; from = at + old->size) {
    memcpy(made + used, from, (size_t)(at - from));
    used += (size_t)(at - from);
    memcpy(made + used, new->bytes, new->size);
    used += new->size;
  }
  memcpy(made + used, from, size - (size_t)(from - bytes));
  used += size - (size_t)(from - bytes);
  bool was_there;
  if (replace(&place, made, used, false, &was_there)) tell_done("%s is changed: %zu places.", &place, count);
  free(made);
  free(bytes);
}

/* path: a file, a link (itself, not what it leads to), or an empty folder */
void do_delete(const struct frame *frame) {
  struct place place;
  const char *name;
  struct stat facts;
  if (frame->count != 2 || !place_change(&frame->fields[1], &place)) {
    if (frame->count != 2) answer_error("a path is needed");
    return;
  }
  int folder = place_parent(&place, &name, false);
  if (folder < 0) return;
  if (fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
      unlinkat(folder, name, S_ISDIR(facts.st_mode) ? AT_REMOVEDIR : 0) != 0) {
    if (errno == ENOTEMPTY) answer_error("%s is a folder that is not empty; only files and empty folders are deleted", place.shown);
    else place_failed(&place, "cannot delete");
  } else {
    tell_done(S_ISDIR(facts.st_mode) ? "The empty folder %s is deleted." : "%s is deleted.", &place, 0);
  }
  close(folder);
}
