#define _GNU_SOURCE
#include "verbs.h"

#include <limits.h>
#include <string.h>

const struct shape plan_verbs[] = {
    [V_LEVEL] = {"level", "w", "|off|standard|strict|maximum|", "asks for the level %s"},
    [V_NEED] = {"need", "t", NULL, "refuses to start without %s"},
    [V_NET] = {"net", "w", "|empty|host|", "network namespace: %s"},
    [V_NS] = {"ns", "w", "|ipc|uts|cgroup|", "a namespace of its own: %s"},
    [V_LISTEN] = {"listen", "wn", "|agent-door|http-proxy|socks5|", "serves %s on 127.0.0.1:%s from outside"},
    [V_UID] = {"uid", "n", NULL, "runs as user %s when started as root"},
    [V_HOSTNAME] = {"hostname", "t", NULL, "is called %s"},
    [V_SIZE] = {"size", "n", NULL, "what is in memory holds at most %s bytes"},
    [V_TREE] = {"tree", "wpp", "|ro|rw|", "%s: %s as %s"},
    [V_OWN] = {"own", "wpp", "|ro|rw|", "%s: %s as %s, owned by the command's user"},
    [V_COW] = {"cow", "ppp", NULL, "copy-on-write: %s as %s, what is written goes to %s"},
    [V_LINK] = {"link", "tp", NULL, "link to %s at %s"},
    [V_DIR] = {"dir", "p", NULL, "empty folder %s"},
    [V_SCRATCH] = {"scratch", "p", NULL, "writable and gone at the end: %s"},
    [V_CLOSED] = {"closed", "p", NULL, "holds only what other steps put there: %s"},
    [V_FILE] = {"file", "tp", NULL, "file with the text \"%s\" at %s"},
    [V_GUARD] = {"guard", "wp", "|ro|pin|", "guarded (%s): %s"},
    [V_CWD] = {"cwd", "p", NULL, "starts in %s"},
    [V_KEEP] = {"keep", "t", NULL, "keeps the variable %s"},
    [V_SET] = {"set", "tt", NULL, "sets the variable %s to %s"},
    [V_LIMIT] = {"limit", "wn", "|processes|files|data|filesize|core|", "at most: %s %s"},
    [V_ALLOW] = {"allow", "w", "|unix|route|", "lets sockets of the family %s through"},
    [V_NOTIFY] = {"notify", "", NULL, "tells of denied system calls"},
    [V_MDWE] = {"mdwe", "", NULL, "no memory becomes executable"},
    [V_SESSION] = {"session", "n", NULL, "ends after %s seconds"},
    [V_IDLE] = {"idle", "n", NULL, "ends after %s seconds in which nothing moves"},
    [V_WATCH] = {"watch", "p", NULL, "looks for new protected names below %s at the end"},
    [V_NAME] = {"name", "t", NULL, "a protected name: %s"},
#ifdef GATEHOUSE_SEATBELT
    [V_PROFILE] = {"profile", "t", NULL, "confined by the profile %s"},
    [V_PARAM] = {"param", "tt", NULL, "in which %s is %s"},
#endif
};

const int plan_verb_count = VERBS;

/* Absolute, without empty, `.` or `..` parts; `/` alone is none either. */
bool plan_path_is_plain(const char *path) {
  if (path[0] != '/' || path[1] == '\0' || strlen(path) >= PATH_MAX) return false;
  for (const char *part = path; *part == '/';) {
    const char *start = ++part;
    while (*part != '\0' && *part != '/') part++;
    size_t length = (size_t)(part - start);
    if (length == 0 || (length == 1 && start[0] == '.') || (length == 2 && start[0] == '.' && start[1] == '.')) return false;
  }
  return true;
}
