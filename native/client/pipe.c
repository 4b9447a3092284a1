#define _GNU_SOURCE
#include "pipe.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "door.h"
#include "frame.h"
#include "greeting.h"
#include "say.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored in any case */
#endif

/* One direction: read into when it is empty, written from until it is. */
struct flow {
  unsigned char data[MAX_CHUNK_BYTES];
  size_t used;
  size_t sent;
};

struct pipe {
  int door;
  bool stdout_is_socket;
  bool input_open;  /* stdin may hold more, and the supervisor takes it */
  bool input_ended; /* the supervisor was told the end of stdin */
  bool output_open; /* the supervisor may say more */
  bool reset;       /* the supervisor left without having read everything */
  struct flow up;
  struct flow down;
};

static bool pending(const struct flow *flow) { return flow->used > flow->sent; }

static bool would_block(void) { return errno == EAGAIN || errno == EWOULDBLOCK; }

static void nobody_reads(void) { block("stdout is closed: nobody reads what the server says", NULL, NULL); }

/* What the supervisor does not take any more is lost. What it said before still counts. */
static void stop_sending(struct pipe *pipe) {
  pipe->input_open = false;
  pipe->up.used = pipe->up.sent = 0;
}

static void send_some(struct pipe *pipe) {
  struct flow *up = &pipe->up;
  while (pending(up)) {
    ssize_t sent = write(pipe->door, up->data + up->sent, up->used - up->sent);
    if (sent >= 0) {
      up->sent += (size_t)sent;
    } else if (would_block()) {
      return;
    } else if (errno != EINTR) {
      stop_sending(pipe);
      return;
    }
  }
}

static int patience_ms(long long heard_ms) {
  long long rest = heard_ms + SILENCE_MS - now_ms();
  if (rest <= 0) block("the supervisor hangs: it was silent for 10 seconds", NULL, "restart Gatehouse");
  return (int)rest;
}

__attribute__((noreturn)) static void refused(const struct frame_reader *reader) {
  if (!reader->answered) block("the supervisor ended the connection without an answer", NULL, "see `gatehouse status`");
  const struct answer *answer = &reader->answer;
  for (size_t at = 0; at < answer->err_size;) {
    ssize_t written = write(STDERR_FILENO, answer->err + at, answer->err_size - at);
    if (written > 0) {
      at += (size_t)written;
    } else if (written < 0 && would_block()) {
      struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
      poll(&ready, 1, 100);
    } else if (written == 0 || errno != EINTR) {
      break;
    }
  }
  _exit(answer->exit_code);
}

/* Takes what has come. True when it opened the pipe: what came after that waits in `down`. */
static bool hear(struct pipe *pipe, struct frame_reader *reader, long long *heard_ms) {
  struct flow *down = &pipe->down;
  for (;;) {
    ssize_t got = read(pipe->door, down->data, sizeof down->data);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block()) return false;
    /* A supervisor that refuses without having read everything resets the connection after its answer. */
    if (got == 0 || (got < 0 && errno == ECONNRESET && reader->answered)) refused(reader);
    if (got < 0) block("the supervisor went away:", strerror(errno), "see `gatehouse status`");
    unsigned frames = reader->frames;
    if (!frame_reader_take(reader, down->data, (size_t)got)) {
      block("the supervisor's answer cannot be trusted:", reader->problem, "restart Gatehouse");
    }
    if (reader->frames != frames) *heard_ms = now_ms();
    if (!reader->piped) continue;
    down->sent = (size_t)(reader->rest - down->data);
    down->used = down->sent + reader->rest_size;
    return true;
  }
}

/* Sends the header and waits until the supervisor has opened the pipe. */
static void open_pipe(struct pipe *pipe, const char *server) {
  static struct frame_reader reader;
  unsigned char nonce[NONCE_BYTES];
  new_nonce(nonce);
  frame_reader_start(&reader, nonce, true);
  pipe->up.used = put_greeting((char *)pipe->up.data, "mcp", server, nonce);
  long long heard_ms = now_ms();
  for (;;) {
    send_some(pipe);
    struct pollfd watched[2] = {
        {.fd = pipe->door, .events = (short)(POLLIN | (pending(&pipe->up) ? POLLOUT : 0))},
        {.fd = STDOUT_FILENO, .events = 0},
    };
    if (poll(watched, 2, patience_ms(heard_ms)) < 0 && errno != EINTR) block("waiting failed:", strerror(errno), NULL);
    if ((watched[1].revents & (POLLERR | POLLHUP)) != 0) nobody_reads();
    if ((watched[0].revents & ~POLLOUT) != 0 && hear(pipe, &reader, &heard_ms)) return;
  }
}

static void read_stdin(struct pipe *pipe) {
  struct flow *up = &pipe->up;
  ssize_t got = read(STDIN_FILENO, up->data, sizeof up->data);
  if (got < 0) {
    if (errno == EINTR || would_block()) return;
    block("stdin could not be read:", strerror(errno), NULL);
  }
  up->sent = 0;
  up->used = (size_t)got;
  if (got == 0) {
    pipe->input_open = false;
    pipe->input_ended = true;
    shutdown(pipe->door, SHUT_WR);
  }
}

static void read_door(struct pipe *pipe) {
  struct flow *down = &pipe->down;
  ssize_t got = read(pipe->door, down->data, sizeof down->data);
  if (got < 0 && (errno == EINTR || would_block())) return;
  if (got < 0) pipe->reset = true;
  if (got <= 0) pipe->output_open = false;
  down->sent = 0;
  down->used = got > 0 ? (size_t)got : 0;
}

/*
 * Never waits for the reader, so that the other direction goes on, and changes nothing about stdout, which others
 * may share: a pipe that poll() calls writable takes PIPE_BUF bytes at once, a socket can be asked not to wait.
 */
static void write_stdout(struct pipe *pipe) {
  struct flow *down = &pipe->down;
  while (pending(down)) {
    const unsigned char *data = down->data + down->sent;
    size_t size = down->used - down->sent;
    ssize_t written;
    if (pipe->stdout_is_socket) {
      written = send(STDOUT_FILENO, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
      written = write(STDOUT_FILENO, data, size < PIPE_BUF ? size : PIPE_BUF);
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && would_block()) return;
    if (written < 0 && errno == EPIPE) nobody_reads();
    if (written < 0) block("what the server says could not be written to stdout:", strerror(errno), NULL);
    down->sent += (size_t)written;
    if (!pipe->stdout_is_socket) return;
  }
}

static void pass(struct pipe *pipe) {
  while (pipe->output_open || pending(&pipe->down)) {
    bool hears = pipe->output_open && !pending(&pipe->down);
    bool sends = pipe->output_open && pending(&pipe->up);
    bool reads = pipe->output_open && pipe->input_open && !pending(&pipe->up);
    /* A descriptor that nothing is wanted of is left out: a hang-up on it would wake us again and again. */
    struct pollfd watched[3] = {
        {.fd = hears || sends ? pipe->door : -1, .events = (short)((hears ? POLLIN : 0) | (sends ? POLLOUT : 0))},
        {.fd = STDOUT_FILENO, .events = pending(&pipe->down) ? POLLOUT : 0},
        {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(watched, 3, -1) < 0) {
      if (errno == EINTR) continue;
      block("waiting failed:", strerror(errno), NULL);
    }
    if ((watched[1].revents & (POLLERR | POLLHUP)) != 0) nobody_reads();
    if ((watched[1].revents & POLLOUT) != 0) write_stdout(pipe);
    if (hears && (watched[0].revents & ~POLLOUT) != 0) read_door(pipe);
    if (sends && watched[0].revents != 0) send_some(pipe);
    if (watched[2].revents != 0) read_stdin(pipe);
  }
}

void pipe_run(const struct mcp_args *args) {
  static struct pipe pipe;
  struct stat facts;
  char way_out[128];
  if (strcmp(args->server, GOVERNED_TOOLS) == 0) snprintf(way_out, sizeof way_out, "take the governed tools out of the client");
  else snprintf(way_out, sizeof way_out, "disconnect the server with `gatehouse mcp remove %s`", args->server);
  pipe.stdout_is_socket = fstat(STDOUT_FILENO, &facts) == 0 && S_ISSOCK(facts.st_mode);
  pipe.door = door_open(args->door, way_out);
  open_pipe(&pipe, args->server);

  say_exit_code(EXIT_CUT);
  say_subject("the connection to the MCP server broke");
  pipe.input_open = pipe.output_open = true;
  pass(&pipe);
  if (!pipe.input_ended || pipe.reset) block("the supervisor ended it", NULL, "see `gatehouse status`, and connect again");
  _exit(0);
}
