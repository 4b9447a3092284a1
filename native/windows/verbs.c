#include "verbs.h"

#include <string.h>

enum { MAX_PATH_BYTES = 32 * 1024 };

const struct shape plan_verbs[] = {
    [V_LEVEL] = {"level", "w", "|off|standard|strict|maximum|", "asks for the level %s"},
    [V_NEED] = {"need", "t", NULL, "refuses to start without %s"},
    [V_TOKEN] = {"token", "w", "|privileges|administrators|low|", "the command's token: %s"},
    [V_UI] = {"ui", "w", "|handles|clipboard-read|clipboard-write|parameters|display|atoms|desktop|exit|", "keeps it from the person's desktop: %s"},
    [V_DESKTOP] = {"desktop", "w", "|private|station|", "a desktop of its own: %s"},
    [V_MITIGATE] = {"mitigate", "w", "|dep|heap|aslr|handles|extensions|remote-images|fonts|", "its first process is hardened: %s"},
    [V_LIMIT] = {"limit", "wc", "|processes|memory|data|cpu|", "at most: %s %s"},
    [V_DIR] = {"dir", "p", NULL, "makes the folder %s when it is not there"},
    [V_CWD] = {"cwd", "p", NULL, "starts in %s"},
    [V_KEEP] = {"keep", "v", NULL, "keeps the variable %s"},
    [V_SET] = {"set", "vt", NULL, "sets the variable %s to %s"},
    [V_SESSION] = {"session", "c", NULL, "ends after %s seconds"},
};

const int plan_verb_count = VERBS;

/*
 * `C:\part\part`, below a drive. No share, no device, no stream of a file, no part that Windows would read as
 * another one: `.`, `..`, or with a dot or blank at its end.
 */
bool plan_path_is_plain(const char *path) {
  bool letter = (path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z');
  if (!letter || path[1] != ':' || path[2] != '\\' || strlen(path) >= MAX_PATH_BYTES) return false;
  for (const char *part = path + 2; *part == '\\';) {
    const char *start = ++part;
    while (*part != '\0' && *part != '\\') {
      if ((unsigned char)*part < 0x20 || strchr("/:*?\"<>|", *part) != NULL) return false;
      part++;
    }
    if (part == start || part[-1] == '.' || part[-1] == ' ') return false;
  }
  return true;
}
