#define _GNU_SOURCE
#include "review.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review-files.h"

enum { FAILED = 125 };

static int failed(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return FAILED;
}

static int read_file(const char *folder, char *path, long long limit) {
  static char block[64 * 1024];
  if (!decode_path(path) || !is_plain_relative(path)) return FAILED;
  int root = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int fd = root < 0 ? -1 : open_below(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) != 0) return failed(path);
  if (!S_ISREG(facts.st_mode)) return FAILED;
  while (limit > 0) {
    ssize_t got = read(fd, block, limit < (long long)sizeof block ? (size_t)limit : sizeof block);
    if (got < 0) return failed(path);
    if (got == 0) break;
    if (fwrite(block, 1, (size_t)got, stdout) != (size_t)got) return FAILED;
    limit -= got;
  }
  return fflush(stdout) == 0 ? 0 : FAILED;
}

static int remove_folder(const char *folder, const char *name) {
  int root = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (root < 0) return errno == ENOENT ? 0 : failed(folder);
  if (!is_plain_relative(name) || strchr(name, '/') != NULL) return FAILED;
  return remove_all(root, name) ? 0 : failed(name);
}

int review_run(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  umask(0077);
  if (argc == 4 && strcmp(argv[0], "scan") == 0) return review_scan(argv[1], argv[2], atoll(argv[3]));
  if (argc == 1 && strcmp(argv[0], "change") == 0) return review_change();
  if (argc == 4 && strcmp(argv[0], "read") == 0) return read_file(argv[1], argv[2], atoll(argv[3]));
  if (argc == 3 && strcmp(argv[0], "remove") == 0) return remove_folder(argv[1], argv[2]);
  if (argc == 9 && strcmp(argv[0], "keep") == 0) {
    struct review_bounds bounds = {.bytes = atoll(argv[4]), .entries = strtoul(argv[5], NULL, 10), .milliseconds = atoll(argv[6]),
                                   .largest = atoll(argv[7]), .skips = atoi(argv[8])};
    return review_keep(argv[1], argv[2], argv[3], &bounds);
  }
  if (argc == 3 && strcmp(argv[0], "compare") == 0) return review_compare(argv[1], argv[2]);
  fputs("review: scan UPPER LOWER SINCE, keep ROOT STORE BASE BYTES ENTRIES MILLISECONDS LARGEST SKIPS, compare ROOT STORE, "
        "change, read ROOT PATH LIMIT or remove FOLDER NAME\n", stderr);
  return FAILED;
}
