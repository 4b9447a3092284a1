#define _GNU_SOURCE
#include "terminal.h"

#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static int changed = -1;

int terminal_of(const bool terminal[3]) {
  for (int fd = 0; fd < 3; fd++) {
    if (terminal[fd]) return fd;
  }
  return -1;
}

void terminal_resize(int from, int to) {
  struct winsize size;
  if (ioctl(from, TIOCGWINSZ, &size) == 0) ioctl(to, TIOCSWINSZ, &size);
}

void terminal_raw(int terminal) {
  struct termios raw;
  if (tcgetpgrp(terminal) != getpgrp() || tcgetattr(terminal, &before) != 0) return;
  raw = before;
  cfmakeraw(&raw);
  if (tcsetattr(terminal, TCSANOW, &raw) == 0) changed = terminal;
}

void terminal_restore(void) {
  if (changed < 0) return;
  tcsetattr(changed, TCSANOW, &before);
  changed = -1;
}
