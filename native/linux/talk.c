#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "launch.h"

union ancillary {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(MAX_PASSED * sizeof(int))];
};

bool say(int talk, const struct message *message, const int *descriptors, size_t count) {
  union ancillary control;
  struct iovec part = {.iov_base = (void *)message, .iov_len = sizeof *message};
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > MAX_PASSED) return false;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    packet.msg_control = control.bytes;
    packet.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  ssize_t sent;
  do {
    sent = sendmsg(talk, &packet, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)sizeof *message;
}

bool hear(int talk, struct message *message, int *descriptors, size_t *count) {
  union ancillary control;
  struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
  struct msghdr packet = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got;
  do {
    got = recvmsg(talk, &packet, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  *count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&packet); got > 0 && header != NULL; header = CMSG_NXTHDR(&packet, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    *count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors, CMSG_DATA(header), *count * sizeof(int));
  }
  return got == (ssize_t)sizeof *message;
}
