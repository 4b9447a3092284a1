/*
 * Tries to get out of a sandbox, one attempt after the other, each in a process of its own. Prints a line for each:
 * NAME got | NAME errno N | NAME killed N. "got" means that the attempt reached what it was after.
 *
 * `prepare` and `clean` make and remove what some of them look for outside; `hold` is whoever outside takes datagrams.
 * Otherwise words: HOME, WORKSPACE, OUTSIDE (a folder of the same user that the sandbox does not name), VICTIM (a process
 * outside), PORT (a listener on 127.0.0.1 outside), ABSTRACT (the name of a socket outside), GATEHOUSE (its folder), and, if not all are meant, names of attempts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "attacker-tools.h"
#include "attacker-more.h"

static int opened_dir_climbs(void) {
  /* Descriptors that were left open would lead out. */
  for (int fd = 3; fd < 64; fd++) {
    struct stat facts;
    if (fstat(fd, &facts) == 0) return 0;
  }
  return EBADF;
}
static int namespaces_of_one(void) {
  static const char *const names[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
  int code = ENOENT;
  for (int i = 0; i < 7; i++) {
    char path[64];
    for (int self = 0; self < 2; self++) {
      snprintf(path, sizeof path, "/proc/%s/ns/%s", self ? "self" : "1", names[i]);
      int fd = open(path, O_RDONLY);
      if (fd < 0) continue;
      if (setns(fd, 0) == 0) return 0;
      code = errno;
    }
  }
  return code;
}
static int override_filter(void) {
  struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {1, allow};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return errno;
  return ok(mount("none", "/tmp", "tmpfs", 0, NULL));
}
static int listener_filter(void) {
  struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {1, allow};
  return ok(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}
static int old_calls(void) {
#ifdef __x86_64__
  long result;
  /* getpid of the 32-bit table: its filter numbers differ. */
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
  return result > 0 ? 0 : ENOSYS;
#else
  return ENOSYS;
#endif
}
static int x32_calls(void) { return ok(syscall(0x40000000 + SYS_getpid)); }
static int injects(unsigned long request) {
  static const char *const places[] = {"/dev/tty", "/proc/self/fd/0", "/dev/pts/0"};
  char byte = 'x';
  int code = ok(ioctl(0, request, &byte));
  for (int i = 0; code != 0 && i < 3; i++) {
    int fd = open(places[i], O_RDWR);
    if (fd < 0) continue;
    code = ok(syscall(SYS_ioctl, fd, request, &byte));
  }
  return code;
}
static int bomb(void) {
  pid_t children[12000];
  int made = 0, code = 0;
  for (; made < 12000; made++) {
    children[made] = fork();
    if (children[made] == 0) {
      pause();
      _exit(0);
    }
    if (children[made] < 0) {
      code = errno;
      break;
    }
  }
  for (int i = 0; i < made; i++) kill(children[i], SIGKILL), waitpid(children[i], NULL, 0);
  return code;
}
static int capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0xff, sizeof data);
  return ok(syscall(SYS_capset, &header, data));
}
static int replace_git(void) {
  if (rename(WS(".git"), at(path_b, ws, ".git2")) != 0) return errno;
  mkdir(WS(".git"), 0755);
  return 0;
}
static int exchange_git(void) {
  mkdir(at(path_b, ws, "mine"), 0755);
  return ok(syscall(SYS_renameat2, AT_FDCWD, WS(".git/hooks"), AT_FDCWD, path_b, 2 /* EXCHANGE */));
}
static int steal_door_port(int reuse) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(7842), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, reuse ? SO_REUSEPORT : SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&here, sizeof here) != 0) return errno;
  return ok(listen(fd, 1));
}
static int shared_memory(void) {
  /* The key that the test's segment has outside. */
  int id = shmget(0x67617465, 0, 0);
  if (id < 0) return errno;
  char *memory = shmat(id, NULL, 0);
  return memory != (void *)-1 && strcmp(memory, "outside") == 0 ? 0 : EACCES;
}
static int own_signal(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return errno;
  return ok(fcntl(pair[0], F_SETOWN, victim));
}
static int read_one(void) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  return ok(process_vm_readv(1, &here, 1, &there, 1, 0));
}
static int clone_with(unsigned long flags) {
  pid_t child = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  if (child < 0) return errno;
  waitpid(child, NULL, 0);
  return 0;
}
static int clone_new(void) {
  struct { uint64_t flags, pidfd, ctid, ptid, exit, stack, size, tls; } args = {.flags = CLONE_NEWUSER, .exit = SIGCHLD};
  pid_t child = (pid_t)syscall(435, &args, sizeof args);
  if (child == 0) _exit(0);
  return ok(child);
}
static int handle(void) {
  struct { struct file_handle head; char room[128]; } one = {.head = {.handle_bytes = 128}};
  int mount_id;
  if (syscall(SYS_name_to_handle_at, AT_FDCWD, "/usr", &one, &mount_id, 0) != 0) return errno;
  return ok(syscall(SYS_open_by_handle_at, AT_FDCWD, &one, O_RDONLY));
}
static int secret_in_one(void) {
  char text[8192];
  int fd = open("/proc/1/environ", O_RDONLY);
  if (fd < 0) return errno;
  ssize_t size = read(fd, text, sizeof text);
  return size > 0 && memmem(text, (size_t)size, "hunter2", 7) != NULL ? 0 : EACCES;
}
static int sees_victim(void) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%d/cmdline", victim);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return errno;
  ssize_t size = read(fd, text, sizeof text);
  return size > 0 && memmem(text, (size_t)size, "sleep", 5) != NULL ? 0 : ESRCH;
}
static int big_file(void) {
  /* More than any file system in memory of the sandbox may hold. */
  int fd = open("/tmp/big", O_WRONLY | O_CREAT, 0600);
  if (fd < 0) return errno;
  int code = ok(fallocate(fd, 0, 0, 64LL << 30));
  unlink("/tmp/big");
  return code;
}
static int uring(int number) { return ok(syscall(number, 8, 0, 0, 0, 0, 0)) == EPERM ? EPERM : 0; }
/* Opened only to be named, and opened again to be written, by way of /proc. */
static int reopened(const char *path) {
  char again[64];
  int fd = open(path, O_PATH);
  if (fd < 0) return errno;
  snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
  return put(again, O_APPEND);
}
static int changed_by_descriptor(const char *path) {
  char again[64];
  int fd = open(path, O_PATH);
  if (fd < 0) return errno;
  snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
  return ok(chmod(again, 0777));
}
static int linked_by_descriptor(const char *path, const char *to) {
  char again[64];
  int fd = open(path, O_PATH);
  if (fd < 0) return errno;
  snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
  if (linkat(AT_FDCWD, again, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0) return 0;
  return ok(linkat(fd, "", AT_FDCWD, to, AT_EMPTY_PATH));
}
/* A file of one's own over a guarded one; with `flags` of renameat2. */
static int put_over(const char *guarded, unsigned flags) {
  char own[4096];
  int code = put(at(own, ws, "over"), O_CREAT);
  return code != 0 ? code : ok(syscall(SYS_renameat2, AT_FDCWD, own, AT_FDCWD, guarded, flags));
}
static int traces_sibling(void) {
  pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  int code = ok(ptrace(PTRACE_ATTACH, child, 0, 0));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return code;
}
/* This program once more, from memory, to read what it may not. */
static int from_memory(void) {
  int fd = (int)syscall(SYS_memfd_create, "x", 0), own = open("/proc/self/exe", O_RDONLY);
  char part[65536];
  if (fd < 0 || own < 0) return errno;
  for (ssize_t got; (got = read(own, part, sizeof part)) > 0;) {
    if (write(fd, part, (size_t)got) != got) return errno;
  }
  pid_t child = fork();
  if (child == 0) {
    char secret[4096], *words[] = {"x", "get", secret, NULL};
    at(secret, home, ".ssh/id_ed25519");
    syscall(SYS_execveat, fd, "", words, NULL, AT_EMPTY_PATH);
    _exit(99);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EACCES;
}
static int swapped_link(void) {
  /* A link that is a folder of one's own at one moment and leads out at the next. */
  char link[4096], file[4096], own[4096];
  at(link, ws, "swap"), at(file, ws, "swap/file"), at(own, ws, "swap-own");
  mkdir(own, 0755);
  for (int i = 0; i < 2000; i++) {
    unlink(link);
    if (symlink(i % 2 == 0 ? own : outside, link) != 0) return errno;
    int fd = open(file, O_WRONLY);
    if (fd >= 0) return 0;
  }
  return ENOENT;
}
static int interface_flags(void) {
  struct { char name[16]; short flags; char rest[22]; } request = {.name = "lo", .flags = 0};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  return fd < 0 ? errno : ok(syscall(SYS_ioctl, fd, 0x8914 /* SIOCSIFFLAGS */, &request));
}
static int passes_descriptor(void) {
  /* A listener outside could hand a descriptor in. */
  char name[4096];
  return local(at(name, outside, "listener.sock"), 0);
}
static int unfreezes(const char *path, unsigned long request, long value) {
  int fd = open(path, O_RDONLY);
  return fd < 0 ? errno : ok(syscall(SYS_ioctl, fd, request, &value));
}
static int message_queue(void) {
  /* One of another IPC namespace cannot be found by its key; a new one is its own. */
  return ok(msgget(0x67617465, 0));
}
/* Wrong arguments give other errors than EPERM: the call was not reached only when it is denied as such. */
static int denied(long result) { return result < 0 && (errno == EPERM || errno == ENOSYS) ? errno : 0; }

#define ATTEMPT(name, ...) static int try_##name(void) { errno = 0; __VA_ARGS__; }
#include "attempts.h"
#undef ATTEMPT
#define ATTEMPT(name, ...) {#name, try_##name},
static const struct { const char *name; int (*run)(void); } attempts[] = {
#include "attempts.h"
};

/* What shares memory and messages outside, for the attempts that look for it. */
static int prepare(int make) {
  int id = shmget(0x67617465, 64, make ? IPC_CREAT | 0666 : 0);
  if (!make) {
    msgctl(msgget(0x67617465, 0), IPC_RMID, NULL), semctl(semget(0x67617465, 1, 0), 0, IPC_RMID), shmctl(id, IPC_RMID, NULL), shm_unlink("/gatehouse-escape"), mq_unlink("/gatehouse-escape"), unlink("/tmp/gatehouse-escape");
    return 0;
  }
  char *memory = shmat(id, NULL, 0);
  if (memory == (void *)-1) return 1;
  strcpy(memory, "outside");
  if (msgget(0x67617465, IPC_CREAT | 0666) < 0 || semget(0x67617465, 1, IPC_CREAT | 0666) < 0) return 1;
  struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
  if (shm_open("/gatehouse-escape", O_CREAT | O_RDWR, 0666) < 0 || mq_open("/gatehouse-escape", O_CREAT | O_RDWR, 0666, &attr) < 0) return 1;
  return put("/tmp/gatehouse-escape", O_CREAT);
}

static int is_wanted(const char *name, int argc, char **argv) {
  for (int i = 8; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return 1;
  }
  return argc == 8;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "get") == 0) return get(argv[2]);
  if (argc == 5 && strcmp(argv[1], "hold") == 0) return hold(argv[2], argv[3], argv[4]);
  if (argc == 2) return prepare(strcmp(argv[1], "prepare") == 0);
  if (argc < 8) return 2;
  home = argv[1], ws = argv[2], outside = argv[3];
  victim = atoi(argv[4]), port = atoi(argv[5]);
  abstract_name = argv[6], gatehouse = argv[7];
  int any = 0;
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    if (!is_wanted(attempts[i].name, argc, argv)) continue;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      int code = attempts[i].run();
      if (code == 0) printf("%s got\n", attempts[i].name);
      else printf("%s errno %d\n", attempts[i].name, code);
      fflush(stdout);
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s killed %d\n", attempts[i].name, WTERMSIG(status));
    any++;
  }
  printf("tried %d\n", any);
  return 0;
}
