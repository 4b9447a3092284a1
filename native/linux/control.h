/* The line to the supervisor: orders one a line, with bytes after those that announce them. */
#ifndef GATEHOUSE_CONTROL_H
#define GATEHOUSE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_CONTROL_LINE = 16 * 1024 };

struct control {
  int fd;
  char data[MAX_CONTROL_LINE];
  size_t used;
};

/* Connects to the door and opens the pipe; ends the process with its line when it is not let in. */
void control_open(struct control *control, const char *door);

/* Sends all of it. False when the supervisor is gone. */
bool control_send(struct control *control, const char *text, size_t size);

/* Waits for the next line and puts it into `line`, without its end. False when the supervisor is gone. */
bool control_line(struct control *control, char *line, size_t size);

/* Takes a whole line that is there already: 1, 0 when there is none yet, -1 when the supervisor is gone. */
int control_poll(struct control *control, char *line, size_t size);

/* Waits for this many bytes. */
bool control_bytes(struct control *control, char *bytes, size_t size);

#endif
