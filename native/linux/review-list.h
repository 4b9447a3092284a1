/* The list of changes that `review change` carries out, as it comes in on stdin; see review-change.c. */
#ifndef GATEHOUSE_REVIEW_LIST_H
#define GATEHOUSE_REVIEW_LIST_H

#include "review-files.h"

struct review_op {
  char *path;
  struct state before;
  struct state after;
  char *source; /* NULL without one */
  struct stat seen; /* of what was looked at as BEFORE */
};

struct review_list {
  bool restores;
  int root; /* folders, held open */
  int source;
  int backup;
  const char *stage; /* a name in the root */
  struct review_op *ops;
  size_t count;
};

/* Reads all of it. False, with the reason on stderr, for one that is not whole or names a folder that is not there. */
bool review_list_read(struct review_list *list);

#endif
