#define _GNU_SOURCE
#include "review-list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static int open_folder(char *word) { return decode_path(word) ? open(word, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1; }

static bool read_op(struct review_list *list, char *rest, size_t *room) {
  char *words[4];
  for (size_t i = 0; i < 4; i++) words[i] = strsep(&rest, " ");
  if (words[3] == NULL || rest != NULL) return false;
  if (list->count == *room) {
    *room = *room == 0 ? 256 : 2 * *room;
    list->ops = realloc(list->ops, *room * sizeof *list->ops);
    if (list->ops == NULL) return false;
  }
  struct review_op *op = &list->ops[list->count++];
  memset(op, 0, sizeof *op);
  char *path = strdup(words[0]);
  char *before = strdup(words[1]);
  char *after = strdup(words[2]);
  op->source = strcmp(words[3], "-") == 0 ? NULL : strdup(words[3]);
  if (path == NULL || before == NULL || after == NULL) return false;
  if (!decode_path(path) || (op->source != NULL && !decode_path(op->source))) return false;
  op->path = path;
  return is_plain_relative(path) && state_parse(before, &op->before) && state_parse(after, &op->after) &&
         (op->source == NULL || is_plain_relative(op->source));
}

static bool read_root(struct review_list *list, char *rest) {
  char *path = strsep(&rest, " ");
  char *device = rest == NULL ? NULL : strsep(&rest, " ");
  struct stat facts;
  if (device == NULL || rest == NULL) return false;
  list->root = open_folder(path);
  /* Another folder in its place is not the project. */
  return list->root >= 0 && fstat(list->root, &facts) == 0 && facts.st_dev == (dev_t)strtoull(device, NULL, 10) &&
         facts.st_ino == (ino_t)strtoull(rest, NULL, 10);
}

bool review_list_read(struct review_list *list) {
  memset(list, 0, sizeof *list);
  list->root = list->source = list->backup = -1;
  char *line = NULL;
  size_t size = 0;
  size_t room = 0;
  bool known = false;
  bool ended = false;
  bool fine = true;
  for (ssize_t length; fine && !ended && (length = getline(&line, &size, stdin)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = '\0';
    char *rest = line;
    char *word = strsep(&rest, " ");
    if (!known) {
      fine = known = strcmp(word, "gatehouse-change") == 0 && rest != NULL && strcmp(rest, "1") == 0;
      continue;
    }
    if (strcmp(word, "end") == 0) ended = true;
    else if (rest == NULL) fine = false;
    else if (strcmp(word, "op") == 0) fine = read_op(list, rest, &room);
    else if (strcmp(word, "mode") == 0) list->restores = strcmp(rest, "restore") == 0;
    else if (strcmp(word, "root") == 0) fine = read_root(list, rest);
    else if (strcmp(word, "source") == 0) fine = (list->source = open_folder(rest)) >= 0;
    else if (strcmp(word, "backup") == 0) fine = (list->backup = open_folder(rest)) >= 0;
    else if (strcmp(word, "stage") == 0) fine = decode_path(rest) && (list->stage = strdup(rest)) != NULL && strchr(list->stage, '/') == NULL;
    else fine = false;
    if (!fine) fprintf(stderr, "%s: %s\n", word, errno == 0 ? "not understood" : strerror(errno));
  }
  free(line);
  if (!ended || list->root < 0 || list->backup < 0 || list->source < 0 || list->stage == NULL) {
    if (fine) fputs("the list of changes is not whole\n", stderr);
    return false;
  }
  return true;
}
