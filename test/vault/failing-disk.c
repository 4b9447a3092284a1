/*
 * Preloaded into the child: once the file EIO_SWITCH is there, writes to files and their flushing fail with EIO,
 * from the one after EIO_AFTER on, as on a disk that dies.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int done;

static int fails(int fd) {
  const char *on = getenv("EIO_SWITCH");
  const char *after = getenv("EIO_AFTER");
  struct stat about;
  int before = errno;
  int off = on == NULL || after == NULL || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || access(on, F_OK) != 0;
  errno = before;
  if (off || __sync_fetch_and_add(&done, 1) < atoi(after)) return 0;
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
  return fails(fd) ? -1 : REAL(write)(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return fails(fd) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return fails(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : REAL(fdatasync)(fd); }
