/* What the attempts of attempts-more.h are made of. Included by attacker.c alone; each answers 0 when it worked and the error otherwise. */
static int core_limited(rlim_t to) {
  struct rlimit l = {to, to};
  if (setrlimit(RLIMIT_CORE, &l) != 0) return errno;
  getrlimit(RLIMIT_CORE, &l);
  return l.rlim_cur == to ? 0 : EPERM;
}
/* The filter stopped it; a kernel without such a protocol says much the same, after it has looked for a module. */
static int unserved(int fd) { return fd >= 0 ? 0 : errno; }
static int send_from(int fd, const char *name, int abstract) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  memcpy(to.sun_path + abstract, name, length);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + length + !abstract);
  if (sendto(fd, "owned", 5, 0, (struct sockaddr *)&to, size) == 5) return 0;
  int code = errno;
  return connect(fd, (struct sockaddr *)&to, size) == 0 && send(fd, "owned", 5, 0) == 5 ? 0 : code;
}
/* One end of a pair of datagram sockets sends to any name that it can see. */
static int pair_sends(const char *name, int abstract) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return errno;
  return send_from(pair[0], name, abstract);
}
static int lists(const char *path, const char *what) {
  char text[65536];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return errno;
  for (ssize_t got; (got = read(fd, text, sizeof text)) > 0;) {
    if (memmem(text, (size_t)got, what, strlen(what)) != NULL) return 0;
  }
  return ENOENT;
}
static int stopped(pid_t pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (got <= 0) return 0;
  text[got] = '\0';
  return strstr(text, ") T") != NULL ? 0 : EPERM;
}
static int clone_cgroup(void) {
  struct { uint64_t flags, pidfd, ctid, ptid, exit, stack, size, tls, set, sets, cgroup; } args = {
      .flags = 0x200000000ULL, .exit = SIGCHLD, .cgroup = (uint64_t)open("/sys/fs/cgroup", O_RDONLY)};
  pid_t child = (pid_t)syscall(435, &args, sizeof args);
  if (child == 0) _exit(0);
  return ok(child);
}
static int reflinks(const char *path) {
  int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_RDONLY);
  return to < 0 ? errno : ok(syscall(SYS_ioctl, to, 0x40049409 /* FICLONE */, from));
}
static int copies(const char *path) {
  int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_RDONLY);
  return to < 0 ? errno : ok(syscall(SYS_copy_file_range, from, 0, to, 0, 64, 0));
}
static int maps(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return errno;
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory != MAP_FAILED) {
    memory[0] = 'x';
    return 0;
  }
  memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? errno : ok(mprotect(memory, 4096, PROT_READ | PROT_WRITE));
}
static int links_tmpfile(const char *to) {
  char again[64];
  int fd = open(ws, O_TMPFILE | O_RDWR, 0755);
  if (fd < 0) return errno;
  snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
  return ok(linkat(AT_FDCWD, again, AT_FDCWD, to, AT_SYMLINK_FOLLOW));
}
static int binds(const char *path) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  return fd < 0 ? errno : ok(bind(fd, (struct sockaddr *)&to, sizeof to));
}
static int big_lock(void) {
  return mmap(NULL, 4UL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) == MAP_FAILED ? errno : 0;
}
/* Takes datagrams under two paths and an abstract name until it is ended. */
static int hold(const char *a, const char *b, const char *abstract) {
  const char *const names[] = {a, b, abstract};
  for (int i = 0; i < 3; i++) {
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    size_t length = strlen(names[i]), hidden = i == 2;
    memcpy(here.sun_path + hidden, names[i], length);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&here, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + hidden + length + !hidden)) != 0) return 1;
    if (i < 2) chmod(names[i], 0777);
  }
  write(1, "held\n", 5);
  pause();
  return 0;
}
