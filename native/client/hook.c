#define _GNU_SOURCE
#include "hook.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "door.h"
#include "frame.h"
#include "greeting.h"
#include "say.h"

struct call {
  int door;
  struct frame_reader reader;
  long long deadline_ms;
  long long heard_ms;
  bool reading; /* stdin may hold more, and the supervisor takes it */
  unsigned char out[4 + MAX_CHUNK_BYTES];
  size_t out_used;
  size_t out_sent;
};

/* The supervisor takes no more. What it said before that still counts, so reading goes on. */
static void stop_sending(struct call *call) {
  call->reading = false;
  call->out_used = call->out_sent = 0;
}

static void send_some(struct call *call) {
  while (call->out_sent < call->out_used) {
    ssize_t sent = write(call->door, call->out + call->out_sent, call->out_used - call->out_sent);
    if (sent >= 0) {
      call->out_sent += (size_t)sent;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      stop_sending(call);
      return;
    }
  }
  call->out_used = call->out_sent = 0;
}

static void read_stdin(struct call *call) {
  ssize_t got = read(STDIN_FILENO, call->out + 4, MAX_CHUNK_BYTES);
  if (got < 0) {
    if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) return;
    block("the call could not be read from stdin:", strerror(errno), NULL);
  }
  /* An empty chunk ends the call, and the end of stdin is exactly that. */
  put_u32(call->out, (uint32_t)got);
  call->out_used = 4 + (size_t)got;
  if (got == 0) call->reading = false;
  send_some(call);
}

/* True at the end of what the supervisor says. */
static bool hear(struct call *call) {
  static unsigned char input[MAX_CHUNK_BYTES];
  for (;;) {
    ssize_t got = read(call->door, input, sizeof input);
    if (got == 0) return true;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
      /* A supervisor that answers a call it did not read to the end resets the connection after its answer. */
      if (errno == ECONNRESET && call->reader.answered) return true;
      block("the supervisor went away:", strerror(errno), "see `gatehouse status`");
    }
    unsigned frames = call->reader.frames;
    if (!frame_reader_take(&call->reader, input, (size_t)got)) {
      block("the supervisor's answer cannot be trusted:", call->reader.problem, "restart Gatehouse");
    }
    if (call->reader.frames != frames) call->heard_ms = now_ms();
    if (call->reader.answered) stop_sending(call);
  }
}

static int patience_ms(const struct call *call) {
  long long now = now_ms();
  if (now >= call->deadline_ms) block("no answer came before the deadline", NULL, "answer sooner, or ask again");
  if (now >= call->heard_ms + SILENCE_MS) block("the supervisor hangs: it was silent for 10 seconds", NULL, "restart Gatehouse");
  long long silence = call->heard_ms + SILENCE_MS - now;
  long long rest = call->deadline_ms - now;
  return (int)(silence < rest ? silence : rest);
}

static void exchange(struct call *call) {
  for (;;) {
    bool pending = call->out_used > call->out_sent;
    struct pollfd watched[3] = {
        {.fd = call->door, .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
        {.fd = STDOUT_FILENO, .events = 0},
        {.fd = call->reading && !pending ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(watched, 3, patience_ms(call)) < 0) {
      if (errno == EINTR) continue;
      block("waiting failed:", strerror(errno), NULL);
    }
    /* Whoever reads our stdout has gone: the agent gave up, and so must the request. */
    if ((watched[1].revents & (POLLERR | POLLHUP)) != 0) block("stdout is closed: nobody reads the answer", NULL, NULL);
    if (watched[0].revents != 0 && hear(call)) break;
    if ((watched[0].revents & POLLOUT) != 0) send_some(call);
    if (watched[2].revents != 0 && call->reading) read_stdin(call);
  }
  if (!call->reader.answered) block("the supervisor ended the connection without an answer", NULL, "see `gatehouse status`");
}

static bool write_all(int file, const unsigned char *data, size_t size) {
  while (size > 0) {
    ssize_t written = write(file, data, size);
    if (written > 0) {
      data += written;
      size -= (size_t)written;
    } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      struct pollfd ready = {.fd = file, .events = POLLOUT};
      poll(&ready, 1, 100);
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

void hook_run(const struct hook_args *args) {
  static struct call call;
  long long started = now_ms();
  /* The last net: an agent that does not take the answer would hold us in write(). */
  alarm((unsigned)args->deadline_seconds + 1);
  unsigned char nonce[NONCE_BYTES];
  new_nonce(nonce);
  char way_out[96];
  snprintf(way_out, sizeof way_out, "disconnect the agent with `gatehouse agents uninstall %s`", args->agent);
  call.door = door_open(args->door, way_out);
  frame_reader_start(&call.reader, nonce, false);
  call.deadline_ms = started + args->deadline_seconds * 1000LL;
  call.heard_ms = now_ms();
  call.reading = true;
  call.out_used = put_greeting((char *)call.out, "hook", args->agent, nonce);
  send_some(&call);
  exchange(&call);

  const struct answer *answer = &call.reader.answer;
  write_all(STDERR_FILENO, answer->err, answer->err_size);
  if (!write_all(STDOUT_FILENO, answer->out, answer->out_size)) {
    block("the answer could not be written to stdout:", strerror(errno), NULL);
  }
  if (args->tells) _exit(EXIT_TOLD);
  if (args->proof) _exit(answer->exit_code == 0 ? EXIT_PROVEN : EXIT_BLOCK);
  _exit(answer->exit_code);
}
