/*
 * The worker of governed tools: started in a sandbox, it does file work for one session at a time.
 *
 * It is told what to do in frames on stdin and answers in frames on stdout; see frames.c. Every path is walked from a
 * descriptor of an allowed folder, by descriptors, beneath it and through no link; see places.c.
 */
#ifndef GATEHOUSE_WORKER_H
#define GATEHOUSE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  MOST_FIELDS = 1024,
  MOST_ROOTS = 64,
  MOST_NAMES = 400,
  MOST_ANSWER = 320 * 1024, /* bytes of one answer */
  MOST_FILE = 16 * 1024 * 1024
};

/* A field of a frame. The bytes are followed by a zero that does not count; it may hold zeros itself. */
struct field {
  char *bytes;
  size_t size;
};

struct frame {
  struct field fields[MOST_FIELDS];
  size_t count;
};

/* Waits for the next frame. False at the end of stdin; a frame that breaks the rules ends the process. */
bool frame_read(struct frame *frame);

/* One answer is made at a time: first its text or error, then items. */
void answer_start(void);
/* False when there is no room: then nothing was added. */
bool answer_add(const void *bytes, size_t size);
bool answer_text(const char *text);
size_t answer_room(void);
/* Sends what was added. `fine`: it is a result, otherwise an error in words. */
void answer_send(bool fine);
/* Sends what was added as a piece of what a command prints; the answer is still to come. */
void answer_piece(void);
/* Sends an error and nothing else. */
__attribute__((format(printf, 1, 2))) void answer_error(const char *format, ...);

/* Where a path leads: an allowed folder, and the rest of the way below it. */
struct place {
  int root;
  bool writable;
  char rest[4096]; /* `.` for the folder itself; no `..`, no empty part */
  char shown[4096];
};

/* Takes roots and names from a `hello`. False when one cannot be used; an error was sent. */
bool places_open(const struct frame *frame);
/* False when the path lies in no allowed folder; an error was sent. Touches nothing. */
bool place_find(const struct field *path, struct place *place);
/* The same for something that is to be changed: also not below a protected name or in a folder that is read-only. */
bool place_change(const struct field *path, struct place *place);
/* Opens it, through no link. -1 with errno set. */
int place_open(const struct place *place, int flags);
/* The folder that holds the last part, whose name is put into `name`; makes folders that are not there. -1: an error was sent. */
int place_parent(const struct place *place, const char **name, bool make);
/* Sends why `place` could not be used, from errno, in words. */
void place_failed(const struct place *place, const char *what);
/* Opens a regular file for reading and nothing else; -1: an error was sent. */
int place_open_file(const struct place *place, size_t *size, unsigned *mode);
/* A descriptor's whole content, at most MOST_FILE bytes, followed by a zero; NULL: an error was sent. */
char *read_whole(int file, const struct place *place, size_t *size);

void do_read(const struct frame *frame);
void do_write(const struct frame *frame);
void do_edit(const struct frame *frame);
void do_delete(const struct frame *frame);
void do_list(const struct frame *frame);
void do_glob(const struct frame *frame);
void do_grep(const struct frame *frame);
void do_bash(const struct frame *frame);
void do_run(const struct frame *frame);

/* A decimal number of at most nine digits; -1 for anything else. */
long field_number(const struct field *field);
long long clock_ms(void);

#endif
