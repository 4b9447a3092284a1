#define _GNU_SOURCE
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "calls.h"

/* From the kernel's include/uapi/linux/landlock.h; distributions' headers are older than their kernels. */
enum {
  FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3, FS_REMOVE_DIR = 1 << 4,
  FS_REMOVE_FILE = 1 << 5, FS_MAKE_CHAR = 1 << 6, FS_MAKE_DIR = 1 << 7, FS_MAKE_REG = 1 << 8, FS_MAKE_SOCK = 1 << 9,
  FS_MAKE_FIFO = 1 << 10, FS_MAKE_BLOCK = 1 << 11, FS_MAKE_SYM = 1 << 12, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14,
  FS_IOCTL_DEV = 1 << 15, FS_RESOLVE_UNIX = 1 << 16
};
enum { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2, RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };

struct ruleset_attr {
  uint64_t handled_fs;
  uint64_t handled_net;
  uint64_t scoped;
};

struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

#define FS_READ ((uint64_t)(FS_EXECUTE | FS_READ_FILE | FS_READ_DIR))
#define FS_ON_FILES ((uint64_t)(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV | FS_RESOLVE_UNIX))

/* The version that the kernel offers; 0 without Landlock. */
static int landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
  return version < 0 ? 0 : (int)version;
}

static uint64_t handled_by(int version) {
  uint64_t handled = (1u << 13) - 1;
  if (version >= 2) handled |= FS_REFER;
  if (version >= 3) handled |= FS_TRUNCATE;
  if (version >= 5) handled |= FS_IOCTL_DEV;
  if (version >= 9) handled |= FS_RESOLVE_UNIX;
  return handled;
}

/* A path that is not there needs no rule. */
static bool allow(int ruleset, const char *path, uint64_t access) {
  int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT || errno == ELOOP || errno == ENOTDIR;
  struct stat facts;
  bool fine = fstat(fd, &facts) == 0;
  /* A rule on a file may carry only what can be done with a file. */
  if (fine && !S_ISDIR(facts.st_mode)) access &= FS_ON_FILES;
  if (fine && access != 0) {
    struct path_rule rule = {.allowed = access, .parent = fd};
    fine = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
  }
  close(fd);
  return fine;
}

static bool allow_step(int ruleset, const struct step *step, uint64_t read, uint64_t write) {
  switch (step->verb) {
    case V_TREE:
    case V_OWN:
      return allow(ruleset, step->words[2], strcmp(step->words[0], "rw") == 0 ? write : read);
    case V_COW:
      return allow(ruleset, step->words[1], write);
    case V_SCRATCH:
      return allow(ruleset, step->words[0], write);
    case V_FILE:
      return allow(ruleset, step->words[1], read);
    default:
      return true;
  }
}

bool landlock_apply(const struct plan *plan, struct report *report, char *why, size_t size) {
  int version = landlock_version();
  if (version == 0) {
    report_off(report, HAS_LANDLOCK, "this kernel has no Landlock");
    return true;
  }
  uint64_t handled = handled_by(version);
  struct ruleset_attr attr = {.handled_fs = handled, .scoped = version >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0};
  size_t attr_size = version >= 6 ? sizeof attr : version >= 4 ? offsetof(struct ruleset_attr, scoped) : sizeof(uint64_t);
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size, 0);
  if (ruleset < 0) {
    snprintf(why, size, "Landlock makes no ruleset: %s", strerror(errno));
    return false;
  }
  uint64_t read = FS_READ & handled;
  uint64_t write = handled & ~(uint64_t)(FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_IOCTL_DEV);
  uint64_t devices = handled & (FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV);
  bool fine = allow(ruleset, "/", FS_READ_DIR) && allow(ruleset, "/proc", FS_READ_FILE | FS_READ_DIR) &&
              allow(ruleset, "/dev", devices) && allow(ruleset, "/dev/shm", write);
  for (size_t i = 0; fine && i < plan->count; i++) fine = allow_step(ruleset, &plan->steps[i], read, write);
  if (!fine || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
    snprintf(why, size, "Landlock refuses the rules: %s", strerror(errno));
    close(ruleset);
    return false;
  }
  close(ruleset);
  report_on(report, HAS_LANDLOCK, "version %d", version > 9 ? 9 : version);
  return true;
}
