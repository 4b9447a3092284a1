#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../client/frame.h"
#include "../client/greeting.h"

enum { BUFFER = 64 * 1024, GREETING_ANSWER = FRAME_HEADER_BYTES + 32 };

struct flow {
  unsigned char *data;
  size_t from;
  size_t to;
  bool ended; /* no more comes */
  bool told;  /* and the other side knows */
};

struct relay {
  int inside;
  int outside;
  size_t greeted;  /* bytes of the door's first answer */
  unsigned char answer[GREETING_ANSWER];
  struct flow up;
  struct flow down;
};

static struct relay relays[MAX_RELAYS];
static size_t used;
static const char *door_path;

void relay_start(const char *door) { door_path = door; }

static void drop(struct relay *relay) {
  close(relay->inside);
  close(relay->outside);
  free(relay->up.data);
  free(relay->down.data);
  *relay = relays[--used];
}

static int connect_door(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(door_path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, door_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid()) {
    close(fd);
    return -1;
  }
  return fd;
}

void relay_accept(int listener, const char *kind) {
  int inside = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (inside < 0) return;
  unsigned char nonce[NONCE_BYTES];
  char line[MAX_GREETING_BYTES];
  new_nonce(nonce);
  size_t length = put_greeting(line, "inside", kind, nonce);
  int outside = used < MAX_RELAYS ? connect_door() : -1;
  struct relay relay = {.inside = inside, .outside = outside};
  relay.up.data = malloc(BUFFER);
  relay.down.data = malloc(BUFFER);
  if (outside < 0 || relay.up.data == NULL || relay.down.data == NULL || write(outside, line, length) != (ssize_t)length) {
    close(inside);
    if (outside >= 0) close(outside);
    free(relay.up.data);
    free(relay.down.data);
    return;
  }
  relays[used++] = relay;
}

static bool open_now(const struct relay *relay) { return relay->greeted == GREETING_ANSWER; }

static short wanted(const struct flow *in, const struct flow *out, bool may_read) {
  short events = 0;
  if (may_read && !in->ended && in->to == 0) events |= POLLIN;
  if (out->to > 0) events |= POLLOUT;
  return events;
}

size_t relay_watch(struct pollfd *polls) {
  for (size_t i = 0; i < used; i++) {
    struct relay *relay = &relays[i];
    bool open = open_now(relay);
    polls[2 * i] = (struct pollfd){.fd = relay->inside, .events = wanted(&relay->up, &relay->down, true)};
    polls[2 * i + 1] = (struct pollfd){
        .fd = relay->outside,
        .events = open ? wanted(&relay->down, &relay->up, true) : POLLIN};
    for (int side = 0; side < 2; side++) {
      if (polls[2 * i + (size_t)side].events == 0) polls[2 * i + (size_t)side].fd = -1;
    }
  }
  return 2 * used;
}

static bool would_block(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

/* False when the connection is broken. */
static bool fill(int fd, struct flow *flow, bool *moved) {
  ssize_t got = read(fd, flow->data, BUFFER);
  if (got < 0) return would_block();
  flow->from = 0;
  flow->to = (size_t)got;
  if (got == 0) flow->ended = true;
  else *moved = true;
  return true;
}

static bool empty(int fd, struct flow *flow, bool *moved) {
  while (flow->from < flow->to) {
    ssize_t sent = send(fd, flow->data + flow->from, flow->to - flow->from, MSG_NOSIGNAL);
    if (sent < 0) return would_block();
    flow->from += (size_t)sent;
    *moved = true;
  }
  flow->from = flow->to = 0;
  return true;
}

static bool pass_end(int fd, struct flow *flow) {
  if (flow->ended && !flow->told && flow->to == 0) {
    flow->told = true;
    shutdown(fd, SHUT_WR);
  }
  return true;
}

/* The door's first frame: signs of life are skipped, the opened pipe is taken, anything else is a no. */
static bool greet(struct relay *relay) {
  while (!open_now(relay)) {
    size_t want = relay->greeted < FRAME_HEADER_BYTES ? FRAME_HEADER_BYTES : GREETING_ANSWER;
    ssize_t got = read(relay->outside, relay->answer + relay->greeted, want - relay->greeted);
    if (got <= 0) return got < 0 && would_block();
    relay->greeted += (size_t)got;
    if (relay->greeted < FRAME_HEADER_BYTES) continue;
    if (relay->answer[0] == 'B') relay->greeted = 0;
    else if (relay->answer[0] != 'P') return false;
  }
  return true;
}

static bool serve(struct relay *relay, short inside, short outside, bool *moved) {
  if (inside != 0 && relay->up.to == 0 && !relay->up.ended && !fill(relay->inside, &relay->up, moved)) return false;
  if (outside != 0 && !open_now(relay) && !greet(relay)) return false;
  if (!open_now(relay)) return true;
  if (outside != 0 && relay->down.to == 0 && !relay->down.ended && !fill(relay->outside, &relay->down, moved)) return false;
  if (!empty(relay->outside, &relay->up, moved) || !empty(relay->inside, &relay->down, moved)) return false;
  pass_end(relay->outside, &relay->up);
  pass_end(relay->inside, &relay->down);
  return !(relay->up.told && relay->down.told);
}

bool relay_serve(const struct pollfd *polls, size_t count) {
  bool moved = false;
  /* From the last: a dropped relay is replaced by the last one, which was served already. */
  for (size_t i = count / 2; i > 0; i--) {
    struct relay *relay = &relays[i - 1];
    if ((polls[2 * i - 2].revents | polls[2 * i - 1].revents) == 0 && relay->up.to == 0 && relay->down.to == 0) continue;
    if (!serve(relay, polls[2 * i - 2].revents, polls[2 * i - 1].revents, &moved)) drop(relay);
  }
  return moved;
}
