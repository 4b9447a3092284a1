#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../client/clock.h"
#include "../client/door.h"
#include "../client/frame.h"
#include "../client/greeting.h"
#include "../client/say.h"

static void wait_for(int fd, short events, int milliseconds) {
  struct pollfd watched = {.fd = fd, .events = events};
  while (poll(&watched, 1, milliseconds) < 0 && errno == EINTR) continue;
}

bool control_send(struct control *control, const char *text, size_t size) {
  while (size > 0) {
    ssize_t sent = write(control->fd, text, size);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      wait_for(control->fd, POLLOUT, -1);
      continue;
    }
    if (sent <= 0) return false;
    text += sent;
    size -= (size_t)sent;
  }
  return true;
}

__attribute__((noreturn)) static void answered(const struct answer *answer) {
  ssize_t written = write(STDERR_FILENO, answer->err, answer->err_size);
  (void)written;
  _exit(EXIT_OURS);
}

void control_open(struct control *control, const char *door) {
  static struct frame_reader reader;
  unsigned char nonce[NONCE_BYTES];
  char line[MAX_GREETING_BYTES];
  memset(control, 0, sizeof *control);
  control->fd = door_open(door, "run the command without `gatehouse run`");
  new_nonce(nonce);
  frame_reader_start(&reader, nonce, true);
  if (!control_send(control, line, put_greeting(line, "run", "-", nonce))) block("the supervisor went away", NULL, NULL);
  for (long long heard = now_ms(); !reader.piped;) {
    ssize_t got = read(control->fd, control->data, sizeof control->data);
    if (got > 0) {
      heard = now_ms();
      if (!frame_reader_take(&reader, (unsigned char *)control->data, (size_t)got))
        block("the supervisor's answer cannot be trusted:", reader.problem, "restart Gatehouse");
      continue;
    }
    if (got == 0 && reader.answered) answered(&reader.answer);
    if (got == 0) block("the supervisor ended the connection without an answer", NULL, "see `gatehouse status`");
    if (errno != EAGAIN && errno != EINTR) block("the supervisor went away:", strerror(errno), "see `gatehouse status`");
    if (now_ms() - heard > SILENCE_MS) block("the supervisor hangs: it was silent for 10 seconds", NULL, "restart Gatehouse");
    wait_for(control->fd, POLLIN, 1000);
  }
  /* What came behind the opened pipe is the first of it. */
  control->used = reader.rest_size;
  memmove(control->data, reader.rest, reader.rest_size);
}

int control_poll(struct control *control, char *line, size_t size) {
  for (;;) {
    char *end = memchr(control->data, '\n', control->used);
    if (end != NULL) {
      size_t length = (size_t)(end - control->data);
      if (length >= size) return -1;
      memcpy(line, control->data, length);
      line[length] = '\0';
      control->used -= length + 1;
      memmove(control->data, end + 1, control->used);
      return 1;
    }
    if (control->used == sizeof control->data) return -1;
    ssize_t got = read(control->fd, control->data + control->used, sizeof control->data - control->used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) return -1;
    control->used += (size_t)got;
  }
}

bool control_line(struct control *control, char *line, size_t size) {
  for (int state; (state = control_poll(control, line, size)) != 1;) {
    if (state < 0) return false;
    wait_for(control->fd, POLLIN, -1);
  }
  return true;
}

bool control_bytes(struct control *control, char *bytes, size_t size) {
  size_t ready = control->used < size ? control->used : size;
  memcpy(bytes, control->data, ready);
  control->used -= ready;
  memmove(control->data, control->data + ready, control->used);
  while (ready < size) {
    ssize_t got = read(control->fd, bytes + ready, size - ready);
    if (got > 0) ready += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    else wait_for(control->fd, POLLIN, -1);
  }
  return true;
}
