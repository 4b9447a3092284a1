#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

#ifndef GATEHOUSE_VERSION
#error "GATEHOUSE_VERSION is set by native/compile.mjs"
#endif

long long clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const struct {
  const char *name;
  void (*work)(const struct frame *frame);
} verbs[] = {
    {"read", do_read}, {"write", do_write}, {"edit", do_edit}, {"delete", do_delete},
    {"list", do_list}, {"glob", do_glob},   {"grep", do_grep}, {"bash", do_bash}, {"run", do_run},
};

static void answer(const struct frame *frame) {
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(frame->fields[0].bytes, verbs[i].name) != 0) continue;
    verbs[i].work(frame);
    return;
  }
  answer_error("this worker knows no such work");
}

int main(int argc, char **argv) {
  static struct frame frame;
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    puts("gatehouse-worker " GATEHOUSE_VERSION);
    return 0;
  }
  /* What it starts must not reach into it, where its frames come and go. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  signal(SIGPIPE, SIG_IGN);
  if (!frame_read(&frame) || frame.count == 0 || strcmp(frame.fields[0].bytes, "hello") != 0) return 2;
  if (!places_open(&frame)) return 2;
  answer_start();
  answer_text("gatehouse-worker " GATEHOUSE_VERSION);
  answer_send(true);
  while (frame_read(&frame)) {
    if (frame.count == 0) return 2;
    answer(&frame);
  }
  return 0;
}
