#include "features.h"

_Static_assert((int)FEATURES <= (int)MAX_FEATURES, "a report has room for every feature");

const char *const report_features[] = {
    "user", "pid", "mount", "net", "ipc", "uts", "cgroup_ns", "proc", "idmap", "snapshot", "guards", "caps", "no_new_privs",
    "landlock", "descriptors", "seccomp", "notify", "mdwe", "terminal", "processes", "memory", "session", "idle", "seatbelt", "own_session"};
const int report_feature_count = FEATURES;
