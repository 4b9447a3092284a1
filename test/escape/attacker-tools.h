/*
 * What the attempts of attacker.c are made of: paths, opening, connecting, running. Included by it alone; each answers 0 when it
 * worked and the error otherwise.
 */
static const char *home, *ws, *outside, *abstract_name, *gatehouse;
static pid_t victim;
static int port;
static char path_a[4096], path_b[4096];

static const char *at(char *into, const char *base, const char *rest) {
  snprintf(into, 4096, "%s/%s", base, rest);
  return into;
}
#define HOME(x) at(path_a, home, x)
#define WS(x) at(path_a, ws, x)
#define OUT(x) at(path_a, outside, x)
#define GH(x) at(path_a, gatehouse, x)

/* 0 when it worked, the error otherwise. */
static int ok(long result) { return result >= 0 ? 0 : errno; }
static int put(const char *path, int flags) {
  int fd = open(path, O_WRONLY | flags, 0644);
  if (fd < 0) return errno;
  int code = write(fd, "owned\n", 6) == 6 ? 0 : errno;
  close(fd);
  return code;
}
static int get(const char *path) {
  char byte;
  int fd = open(path, O_RDONLY);
  if (fd < 0) return errno;
  int code = read(fd, &byte, 1) == 1 ? 0 : errno ? errno : ENODATA;
  close(fd);
  return code;
}
static int tcp(int family, const char *host, int number) {
  struct sockaddr_storage address;
  memset(&address, 0, sizeof address);
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  struct timeval limit = {2, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (family == AF_INET) {
    struct sockaddr_in *in = (struct sockaddr_in *)&address;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)number);
    inet_pton(AF_INET, host, &in->sin_addr);
    return ok(connect(fd, (struct sockaddr *)in, sizeof *in));
  }
  struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address;
  in->sin6_family = AF_INET6;
  in->sin6_port = htons((uint16_t)number);
  inet_pton(AF_INET6, host, &in->sin6_addr);
  return ok(connect(fd, (struct sockaddr *)in, sizeof *in));
}
static int udp(const char *host, int number, int protocol) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
  inet_pton(AF_INET, host, &to.sin_addr);
  int fd = socket(AF_INET, SOCK_DGRAM, protocol);
  if (fd < 0) return errno;
  if (sendto(fd, "\x08\0\0\0\0\0\0\0", 8, 0, (struct sockaddr *)&to, sizeof to) < 0) return errno;
  /* On an empty network a datagram to its own loopback goes nowhere: what counts is an answer. */
  struct timeval limit = {0, 300000};
  char answer[64];
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return ok(recv(fd, answer, sizeof answer, 0));
}

static int local(const char *name, int abstract) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  memcpy(to.sun_path + abstract, name, length);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  return ok(connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + length + !abstract)));
}
static int run(const char *program, const char *word) {
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0), dup2(null, 1), dup2(null, 2);
    execlp(program, program, word, "true", NULL);
    _exit(125);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EPERM;
}
static int absent(const char *name) { return getenv(name) != NULL ? 0 : ENOENT; }
