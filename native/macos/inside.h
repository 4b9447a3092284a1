/* The child's half: from the fork to the command. */
#ifndef GATEHOUSE_MACOS_INSIDE_H
#define GATEHOUSE_MACOS_INSIDE_H

#include "../linux/verbs.h"

enum told { TOLD_READY = 1, TOLD_REFUSED, TOLD_NO_EXEC };

/* What the child says on its pipe, whole each time. */
struct told_words {
  enum told what;
  int error;      /* errno, with TOLD_NO_EXEC */
  int closed;     /* descriptors that were closed, with TOLD_READY */
  char text[200]; /* why, or the program */
};

/*
 * Confines this process by the plan, says so on `say`, waits for one byte on `go` and becomes the command. Without that
 * byte it ends. Both pipes are closed by the start of the command. Does not return.
 */
__attribute__((noreturn)) void inside_run(const struct plan *plan, char **command, char **environment, int say, int go);

#endif
