/* What the launcher asks the supervisor for, and the encoding of words on the line between them. */
#ifndef GATEHOUSE_REQUEST_H
#define GATEHOUSE_REQUEST_H

#include "control.h"

struct request {
  const char *door;   /* absolute path */
  const char *app;    /* NULL when not given, as the two below */
  const char *policy;
  const char *level;
  char **command;     /* ends with NULL */
};

/* `argv` begins after the word `run`. What it does not know ends the process. */
struct request request_read(int argc, char **argv, const char *usage);

/* One line per fact, then `run`. */
void request_send(struct control *control, const struct request *request, char *const *variables);

/* Percent-encodes `text`; returns the length. `out` has room for three bytes for each. */
size_t put_encoded(char *out, const char *text);

/* Decodes in place. */
const char *decoded(char *text);

#endif
