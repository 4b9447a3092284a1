/*
 * What only the kernel knows of the process at the other end of a Unix socket.
 *
 *   peerCredentials(fd) -> { pid, uid, gid, pidfd }   pidfd: a descriptor the caller closes, or null where the
 *                                                      kernel has none to give; pid: null where it is not told
 *   setNonDumpable()    -> boolean                     keeps processes of the same user from reading our memory
 *
 * Throws an Error with the system's text when the descriptor is no connected Unix socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __APPLE__
#include <sys/ptrace.h>
#include <sys/un.h>
#endif

#define NAPI_VERSION 8
#include <node_api.h>

/* Since Linux 6.5; the headers of older systems lack it. Same value on every architecture that Node runs on. */
#if defined(__linux__) && !defined(SO_PEERPIDFD)
#define SO_PEERPIDFD 77
#endif

struct peer {
  long long pid; /* 0 when not told */
  long long uid;
  long long gid;
  int pidfd;     /* -1 when there is none */
};

#ifdef __linux__
/* Mirrors struct ucred, which glibc hides without _GNU_SOURCE. */
struct credentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

static bool ask_kernel(int fd, struct peer *peer) {
  struct credentials told;
  socklen_t size = sizeof told;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &told, &size) != 0) return false;
  /* Any other kind of socket answers too, with nobody: pid 0 and uid -1. */
  if (size != sizeof told || told.uid == (uid_t)-1) {
    errno = ENOTCONN;
    return false;
  }
  peer->pid = told.pid;
  peer->uid = told.uid;
  peer->gid = told.gid;
  int pidfd = -1;
  size = sizeof pidfd;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0 && size == sizeof pidfd && pidfd >= 0) {
    fcntl(pidfd, F_SETFD, FD_CLOEXEC);
    peer->pidfd = pidfd;
  }
  return true;
}
#elif defined(__APPLE__)
static bool ask_kernel(int fd, struct peer *peer) {
  uid_t uid;
  gid_t gid;
  if (getpeereid(fd, &uid, &gid) != 0) return false;
  peer->uid = uid;
  peer->gid = gid;
  pid_t pid = 0;
  socklen_t size = sizeof pid;
  if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &size) == 0) peer->pid = pid;
  return true;
}
#else
static bool ask_kernel(int fd, struct peer *peer) {
  (void)fd;
  (void)peer;
  errno = ENOTSUP;
  return false;
}
#endif

static bool set_number(napi_env env, napi_value object, const char *name, bool known, long long number) {
  napi_value value;
  napi_status made = known ? napi_create_int64(env, number, &value) : napi_get_null(env, &value);
  return made == napi_ok && napi_set_named_property(env, object, name, value) == napi_ok;
}

static napi_value peer_credentials(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t fd = -1;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
      napi_get_value_int32(env, argument, &fd) != napi_ok || fd < 0) {
    napi_throw_type_error(env, NULL, "peerCredentials: the argument must be a file descriptor");
    return NULL;
  }
  struct peer peer = {.pid = 0, .uid = -1, .gid = -1, .pidfd = -1};
  if (!ask_kernel(fd, &peer)) {
    napi_throw_error(env, NULL, strerror(errno));
    return NULL;
  }
  napi_value result;
  if (napi_create_object(env, &result) == napi_ok && set_number(env, result, "pid", peer.pid > 0, peer.pid) &&
      set_number(env, result, "uid", true, peer.uid) && set_number(env, result, "gid", true, peer.gid) &&
      set_number(env, result, "pidfd", peer.pidfd >= 0, peer.pidfd)) {
    return result;
  }
  if (peer.pidfd >= 0) close(peer.pidfd);
  return NULL;
}

static napi_value set_non_dumpable(napi_env env, napi_callback_info info) {
  (void)info;
  bool done = false;
#if defined(__linux__)
  done = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#elif defined(__APPLE__)
  done = ptrace(PT_DENY_ATTACH, 0, 0, 0) == 0;
#endif
  napi_value result;
  return napi_get_boolean(env, done, &result) == napi_ok ? result : NULL;
}

static bool export_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  if (!export_function(env, exports, "peerCredentials", peer_credentials) ||
      !export_function(env, exports, "setNonDumpable", set_non_dumpable)) {
    return NULL;
  }
  return exports;
}
