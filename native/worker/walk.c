/*
 * Listing, and looking through folders. Each folder is opened from the one above it, and no link is followed; time,
 * depth, the number of entries and the answer are bounded.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pattern.h"
#include "worker.h"

enum { MOST_IN_FOLDER = 50 * 1000, DEEPEST = 64, MOST_SEEN = 400 * 1000, LONGEST_MS = 8 * 1000, LONGEST_LINE = 500, MOST_LISTED = 2000 };

struct names {
  char **list;
  size_t count;
  bool cut;
};

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void free_names(struct names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->list[i]);
  free(names->list);
}

/* The sorted names in a folder; takes the descriptor over. */
static bool read_names(int folder, struct names *names) {
  DIR *stream = fdopendir(folder);
  *names = (struct names){0};
  if (stream == NULL) {
    close(folder);
    return false;
  }
  size_t room = 0;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (names->count == MOST_IN_FOLDER) {
      names->cut = true;
      break;
    }
    if (names->count == room) {
      room = room == 0 ? 64 : 2 * room;
      char **more = realloc(names->list, room * sizeof *more);
      if (more == NULL) break;
      names->list = more;
    }
    names->list[names->count] = strdup(entry->d_name);
    if (names->list[names->count] == NULL) break;
    names->count++;
  }
  closedir(stream);
  if (names->count > 0) qsort(names->list, names->count, sizeof *names->list, by_name);
  return true;
}

/* path. Answers kind (`d`, `l`, `f` or `o`), name, and size or target of each, and last how many were left out. */
void do_list(const struct frame *frame) {
  struct place place;
  struct names names;
  struct stat facts;
  if (frame->count != 2) {
    answer_error("a path is needed");
    return;
  }
  if (!place_find(&frame->fields[1], &place)) return;
  int folder = place_open(&place, O_RDONLY | O_DIRECTORY);
  int again = folder < 0 ? -1 : dup(folder);
  if (again < 0 || !read_names(again, &names)) {
    if (errno == ENOTDIR) answer_error("%s is not a folder", place.shown);
    else place_failed(&place, "cannot list");
    if (folder >= 0) close(folder);
    return;
  }
  char note[64];
  size_t shown = 0;
  answer_start();
  for (; shown < names.count && shown < MOST_LISTED; shown++) {
    const char *name = names.list[shown];
    char detail[1024] = "";
    const char *kind = "o";
    if (fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) facts.st_mode = 0;
    if (S_ISDIR(facts.st_mode)) kind = "d";
    else if (S_ISREG(facts.st_mode)) {
      kind = "f";
      snprintf(detail, sizeof detail, "%lld", (long long)facts.st_size);
    } else if (S_ISLNK(facts.st_mode)) {
      kind = "l";
      ssize_t size = readlinkat(folder, name, detail, sizeof detail - 1);
      detail[size < 0 ? 0 : size] = '\0';
    }
    if (answer_room() < strlen(name) + strlen(detail) + 128) break;
    answer_text(kind);
    answer_text(name);
    answer_text(detail);
  }
  snprintf(note, sizeof note, "%zu%s", names.count - shown, names.cut ? "+" : "");
  answer_text(note);
  answer_send(true);
  free_names(&names);
  close(folder);
}

struct walk {
  struct glob glob;
  bool filtered;      /* by `glob`; only what fits is visited */
  bool by_last;       /* `glob` is about the last part alone */
  struct regex *regex; /* NULL: the paths are what is looked for */
  bool git;           /* also what belongs to git, and packages */
  long most;
  long found;
  long seen;
  long passed_over;   /* files that hold no text, or are too large */
  long long until;
  bool cut;
  bool deeper;        /* there are folders that are too deep to be looked through */
  char path[4096];    /* from where it began */
};

static bool over(struct walk *walk) {
  if (walk->seen > MOST_SEEN || walk->found >= walk->most || clock_ms() > walk->until) walk->cut = true;
  return walk->cut;
}

static void add_line(struct walk *walk, long number, const char *line, size_t size) {
  char text[32];
  snprintf(text, sizeof text, "%ld", number);
  if (size > LONGEST_LINE) size = LONGEST_LINE;
  if (answer_room() < strlen(walk->path) + size + 64) {
    walk->cut = true;
    return;
  }
  answer_text(walk->path);
  answer_text(text);
  answer_add(line, size);
  walk->found++;
}

static void look_into(struct walk *walk, int file) {
  static char *bytes;
  size_t size = 0;
  if (bytes == NULL && (bytes = malloc(MOST_FILE)) == NULL) {
    walk->passed_over++;
    return;
  }
  for (;;) {
    ssize_t got = size == MOST_FILE ? 0 : read(file, bytes + size, MOST_FILE - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    bool first = size == 0;
    size += (size_t)got;
    if (size == MOST_FILE || (first && memchr(bytes, 0, size < 8192 ? size : 8192) != NULL)) {
      walk->passed_over++;
      return;
    }
  }
  long number = 1;
  size_t since = 0;
  for (size_t at = 0; at < size && !walk->cut; number++) {
    char *end = memchr(bytes + at, '\n', size - at);
    size_t length = end == NULL ? size - at : (size_t)(end - bytes) - at;
    size_t shown = length > 0 && bytes[at + length - 1] == '\r' ? length - 1 : length;
    if (regex_find(walk->regex, bytes + at, shown)) add_line(walk, number, bytes + at, shown);
    at += length + 1;
    if (at - since > 16 * 1024) {
      since = at;
      over(walk);
    }
    if (walk->found >= walk->most) walk->cut = true;
  }
}

static bool is_left_out(const struct walk *walk, const char *name) {
  return !walk->git && (strcmp(name, ".git") == 0 || strcmp(name, "node_modules") == 0);
}

/* Takes the folder's descriptor over. `used` is the length of the path so far. */
static void walk_folder(struct walk *walk, int folder, size_t used, uint64_t at, int depth) {
  struct names names;
  int again = dup(folder);
  if (again < 0 || !read_names(again, &names)) {
    walk->passed_over++;
    close(folder);
    return;
  }
  if (names.cut) walk->cut = true;
  for (size_t i = 0; i < names.count && !over(walk); i++) {
    const char *name = names.list[i];
    struct stat facts;
    size_t length = strlen(name);
    walk->seen++;
    if (used + length + 2 > sizeof walk->path || fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    size_t whole = used + (used > 0 ? 1 : 0) + length;
    if (used > 0) walk->path[used] = '/';
    memcpy(walk->path + whole - length, name, length + 1);
    uint64_t next = walk->filtered && !walk->by_last ? glob_step(&walk->glob, at, name) : 1;
    if (next == 0) continue;
    if (S_ISDIR(facts.st_mode)) {
      if (is_left_out(walk, name)) continue;
      int inner = depth >= DEEPEST ? -1 : openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
      if (inner >= 0) walk_folder(walk, inner, whole, next, depth + 1);
      else if (depth >= DEEPEST) walk->deeper = true;
      else walk->passed_over++;
      continue;
    }
    bool fits = !walk->filtered || (walk->by_last ? glob_part(walk->glob.parts[0], name) : glob_ends(&walk->glob, next));
    if (!fits) continue;
    if (walk->regex == NULL) {
      if (answer_room() < whole + 128) walk->cut = true;
      else walk->found++, answer_text(walk->path);
      continue;
    }
    /* Links lead elsewhere, and anything else than a file might wait for ever. */
    if (!S_ISREG(facts.st_mode)) continue;
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) walk->passed_over++;
    else look_into(walk, file);
    if (file >= 0) close(file);
  }
  free_names(&names);
  close(folder);
}

static void finish(struct walk *walk) {
  char note[64];
  snprintf(note, sizeof note, "%d %ld %ld", walk->cut || walk->deeper, walk->seen, walk->passed_over);
  answer_text(note);
  answer_send(true);
}

static bool names_git(const char *text) { return strstr(text, ".git") != NULL || strstr(text, "node_modules") != NULL; }

/* path, pattern, most. Answers the paths from there, and last: whether it was cut, entries seen, those passed over. */
void do_glob(const struct frame *frame) {
  static struct walk walk;
  struct place place;
  memset(&walk, 0, sizeof walk);
  if (frame->count != 4 || (walk.most = field_number(&frame->fields[3])) < 1 || strlen(frame->fields[2].bytes) != frame->fields[2].size ||
      !glob_parse(&walk.glob, frame->fields[2].bytes)) {
    answer_error("not a pattern that can be used: it is relative to the path, has no .. in it and at most %d parts", MOST_PARTS);
    return;
  }
  if (!place_find(&frame->fields[1], &place)) return;
  int folder = place_open(&place, O_RDONLY | O_DIRECTORY);
  if (folder < 0) {
    if (errno == ENOTDIR) answer_error("%s is not a folder", place.shown);
    else place_failed(&place, "cannot look through");
    return;
  }
  walk.filtered = true;
  walk.git = names_git(place.rest) || names_git(frame->fields[2].bytes);
  walk.until = clock_ms() + LONGEST_MS;
  answer_start();
  walk_folder(&walk, folder, 0, glob_begin(&walk.glob), 0);
  finish(&walk);
}

/* path, pattern, `1` for any case, glob or nothing, most. Answers path, line number and line of each, and last as glob. */
void do_grep(const struct frame *frame) {
  static struct walk walk;
  struct place place;
  struct stat facts;
  const char *why;
  memset(&walk, 0, sizeof walk);
  if (frame->count != 6 || (walk.most = field_number(&frame->fields[5])) < 1) {
    answer_error("a path, a pattern and how many lines are needed");
    return;
  }
  const struct field *filter = &frame->fields[4];
  walk.filtered = filter->size > 0;
  if (walk.filtered && (strlen(filter->bytes) != filter->size || !glob_parse(&walk.glob, filter->bytes))) {
    answer_error("not a glob that can be used: it is relative to the path, has no .. in it and at most %d parts", MOST_PARTS);
    return;
  }
  walk.by_last = walk.filtered && walk.glob.count == 1 && strcmp(walk.glob.parts[0], "**") != 0;
  if (!place_find(&frame->fields[1], &place)) return;
  walk.regex = regex_make(frame->fields[2].bytes, frame->fields[2].size, frame->fields[3].size == 1 && frame->fields[3].bytes[0] == '1', &why);
  if (walk.regex == NULL) {
    answer_error("the pattern is not understood: %s", why);
    return;
  }
  walk.git = names_git(place.rest) || names_git(filter->bytes);
  walk.until = clock_ms() + LONGEST_MS;
  int look = place_open(&place, O_PATH);
  if (look < 0 || fstat(look, &facts) != 0) {
    place_failed(&place, "cannot look through");
  } else if (S_ISDIR(facts.st_mode)) {
    int folder = place_open(&place, O_RDONLY | O_DIRECTORY);
    if (folder < 0) {
      place_failed(&place, "cannot look through");
    } else {
      answer_start();
      walk_folder(&walk, folder, 0, walk.filtered && !walk.by_last ? glob_begin(&walk.glob) : 1, 0);
      finish(&walk);
    }
  } else {
    size_t size;
    unsigned mode;
    int file = place_open_file(&place, &size, &mode);
    if (file >= 0) {
      answer_start();
      look_into(&walk, file);
      walk.seen = 1;
      finish(&walk);
      close(file);
    }
  }
  if (look >= 0) close(look);
  free(walk.regex);
}
