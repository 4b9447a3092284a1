#define _GNU_SOURCE
#include "door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

/* A full backlog is asked again 100 times, 50 ms apart: 5 s. */
enum { BUSY_TRIES = 100, BUSY_PAUSE_NS = 50 * 1000 * 1000 };

__attribute__((noreturn)) static void no_supervisor(const char *path, const char *way_out, int error) {
  static char detail[400];
  static char hint[256];
  snprintf(detail, sizeof detail, "%s (%s)", path, strerror(error));
  snprintf(hint, sizeof hint, "start Gatehouse (`gatehouse start`, or `npm start` in its folder), or %s", way_out);
  block("no supervisor answers at", detail, hint);
}

/* In a sandbox a file stands in the socket's place, which only whoever may put a socket there can have put there. */
static void check_owner(const char *path, const char *way_out, bool *inside) {
  struct stat found;
  if (lstat(path, &found) != 0) no_supervisor(path, way_out, errno);
  *inside = S_ISREG(found.st_mode);
  if (!*inside && !S_ISSOCK(found.st_mode)) block("the door is not a socket:", path, "restart Gatehouse");
  if (found.st_uid != geteuid()) block("the door belongs to another user:", path, "remove it and restart Gatehouse");

  char folder[sizeof((struct sockaddr_un *)0)->sun_path];
  memcpy(folder, path, strlen(path) + 1);
  char *slash = strrchr(folder, '/');
  if (slash == folder) slash++;
  *slash = '\0';
  if (stat(folder, &found) != 0) no_supervisor(path, way_out, errno);
  if (found.st_uid != geteuid()) block("the door's folder belongs to another user:", folder, "remove it and restart Gatehouse");
  if ((found.st_mode & 022) != 0) {
    block("others can write to the door's folder", folder, "make it private (chmod 700) and restart Gatehouse");
  }
}

static void check_server(int door) {
  uid_t uid;
#ifdef __APPLE__
  gid_t gid;
  if (getpeereid(door, &uid, &gid) != 0) block("the kernel does not tell who answers at the door", NULL, NULL);
#else
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(door, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) {
    block("the kernel does not tell who answers at the door", NULL, NULL);
  }
  uid = peer.uid;
#endif
  if (uid != geteuid()) block("another user's program answers at the door", NULL, "restart Gatehouse, and find out who runs it");
}

static int new_socket(void) {
#ifdef SOCK_CLOEXEC
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  int door = socket(AF_UNIX, SOCK_STREAM, 0);
  if (door >= 0 && (fcntl(door, F_SETFD, FD_CLOEXEC) != 0 || fcntl(door, F_SETFL, O_NONBLOCK) != 0)) return -1;
  return door;
#endif
}

/* What stands in the file: where the door is inside. The port was taken before anything of the agent ran. */
static int open_inside(const char *path, const char *way_out) {
  char text[64];
  unsigned port = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (size < 0) no_supervisor(path, way_out, errno);
  text[size] = '\0';
  if (sscanf(text, "gatehouse-inside 1 %5u\n", &port) != 1 || port == 0 || port > 65535) {
    block("the door is not a socket:", path, "restart Gatehouse");
  }
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int door = socket(AF_INET, SOCK_STREAM, 0);
  if (door < 0) block("no socket:", strerror(errno), NULL);
  if (connect(door, (struct sockaddr *)&address, sizeof address) != 0) no_supervisor(path, way_out, errno);
  if (fcntl(door, F_SETFD, FD_CLOEXEC) != 0 || fcntl(door, F_SETFL, O_NONBLOCK) != 0) {
    block("no socket:", strerror(errno), NULL);
  }
  return door;
}

int door_open(const char *path, const char *way_out) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) block("the door's path is too long for a socket:", path, "move GATEHOUSE_HOME to a shorter path");
  memcpy(address.sun_path, path, length + 1);
  bool inside;
  check_owner(path, way_out, &inside);
  if (inside) return open_inside(path, way_out);

  int door = new_socket();
  if (door < 0) block("no socket:", strerror(errno), NULL);
  for (int tries = 0; connect(door, (struct sockaddr *)&address, sizeof address) != 0; tries++) {
    if (errno == EISCONN) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || tries >= BUSY_TRIES) no_supervisor(path, way_out, errno);
    struct timespec pause = {0, BUSY_PAUSE_NS};
    nanosleep(&pause, NULL);
  }
  check_server(door);
  return door;
}
