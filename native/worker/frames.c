/*
 * Frames. In: a big-endian 32-bit size, then fields, each with such a size before it. Out: `+`, `-` or `.` (a piece),
 * a size, and fields in the same way. What breaks the rules ends the process: the supervisor never sends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker.h"

enum { MOST_FRAME = MOST_FILE + 64 * 1024, HEAD = 5 };

static unsigned char *incoming;
static unsigned char outgoing[HEAD + MOST_ANSWER];
static size_t used;

static uint32_t number_at(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_number(unsigned char *bytes, uint32_t number) {
  bytes[0] = (unsigned char)(number >> 24);
  bytes[1] = (unsigned char)(number >> 16);
  bytes[2] = (unsigned char)(number >> 8);
  bytes[3] = (unsigned char)number;
}

/* False when the input ends before the first byte. */
static bool take(unsigned char *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t got = read(STDIN_FILENO, bytes + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (at == 0 && got == 0) return false;
      _exit(2);
    }
    at += (size_t)got;
  }
  return true;
}

bool frame_read(struct frame *frame) {
  unsigned char head[4];
  free(incoming);
  incoming = NULL;
  frame->count = 0;
  if (!take(head, sizeof head)) return false;
  size_t size = number_at(head);
  if (size > MOST_FRAME) _exit(2);
  incoming = malloc(size + 1);
  if (incoming == NULL || (size > 0 && !take(incoming, size))) _exit(2);
  for (size_t at = 0; at < size;) {
    if (size - at < 4 || frame->count == MOST_FIELDS) _exit(2);
    size_t length = number_at(incoming + at);
    if (length > size - at - 4) _exit(2);
    frame->fields[frame->count++] = (struct field){(char *)incoming + at + 4, length};
    /* The size of the next field was read already, or is read from a copy: its first byte becomes this field's end. */
    at += 4 + length;
  }
  /* Fields move to the front by their four size bytes, which makes room for the zero after each. */
  for (size_t i = 0; i < frame->count; i++) {
    struct field *field = &frame->fields[i];
    memmove(field->bytes - 4, field->bytes, field->size);
    field->bytes -= 4;
    field->bytes[field->size] = '\0';
  }
  return true;
}

void answer_start(void) { used = HEAD; }

size_t answer_room(void) { return sizeof outgoing - used < 4 ? 0 : sizeof outgoing - used - 4; }

bool answer_add(const void *bytes, size_t size) {
  if (size > answer_room() || sizeof outgoing - used < 4) return false;
  put_number(outgoing + used, (uint32_t)size);
  memcpy(outgoing + used + 4, bytes, size);
  used += 4 + size;
  return true;
}

bool answer_text(const char *text) { return answer_add(text, strlen(text)); }

static void send(char kind) {
  outgoing[0] = (unsigned char)kind;
  put_number(outgoing + 1, (uint32_t)(used - HEAD));
  for (size_t at = 0; at < used;) {
    ssize_t sent = write(STDOUT_FILENO, outgoing + at, used - at);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) _exit(2);
    at += (size_t)sent;
  }
}

void answer_send(bool fine) { send(fine ? '+' : '-'); }

void answer_piece(void) { send('.'); }

void answer_error(const char *format, ...) {
  char text[6000];
  va_list words;
  va_start(words, format);
  vsnprintf(text, sizeof text, format, words);
  va_end(words);
  answer_start();
  answer_text(text);
  answer_send(false);
}

long field_number(const struct field *field) {
  long number = 0;
  if (field->size == 0 || field->size > 9) return -1;
  for (size_t i = 0; i < field->size; i++) {
    if (field->bytes[i] < '0' || field->bytes[i] > '9') return -1;
    number = number * 10 + (field->bytes[i] - '0');
  }
  return number;
}
