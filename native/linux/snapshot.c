#define _GNU_SOURCE
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "calls.h"

static const char LOWER[] = ".lower";
static const char LAYERS[] = ".layers";

static int refused(char *why, size_t size, const char *what) {
  snprintf(why, size, "%s: %s", what, strerror(errno));
  return -1;
}

static int stage(int root, int mount, const char *name) {
  if (mkdirat(root, name, 0700) != 0) return -1;
  return sys_move_mount(mount, "", root, name, MOVE_MOUNT_F_EMPTY_PATH);
}

int snapshot_mount(int root, int lower, int layers, char *why, size_t size) {
  static const char *const options[][2] = {
      {"source", "gatehouse"}, {"lowerdir", ".lower"}, {"upperdir", ".layers/upper"}, {"workdir", ".layers/work"}, {"index", "off"}};
  if (stage(root, lower, LOWER) != 0 || stage(root, layers, LAYERS) != 0) return refused(why, size, "its parts cannot be mounted");
  /* The options are paths, looked up from the working folder. */
  if (fchdir(root) != 0) return refused(why, size, "no way to its parts");
  int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
  if (fs < 0) return refused(why, size, "this kernel has no overlay file system");
  int made = sys_fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0);
  /* Or each file that is changed would be waited for until it is on the disk; the review writes all of it out at the end. */
  if (made == 0) made = sys_fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0);
  for (size_t i = 0; made == 0 && i < sizeof options / sizeof *options; i++)
    made = sys_fsconfig(fs, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0);
  if (made == 0) made = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
  if (made == 0) made = sys_fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  int error = errno;
  close(fs);
  errno = error;
  return made < 0 ? refused(why, size, "an overlay is refused here") : made;
}

void snapshot_settle(int root) {
  const char *names[] = {LOWER, LAYERS};
  if (fchdir(root) != 0) return;
  for (size_t i = 0; i < 2; i++) {
    umount2(names[i], MNT_DETACH | UMOUNT_NOFOLLOW);
    unlinkat(root, names[i], AT_REMOVEDIR);
  }
}
