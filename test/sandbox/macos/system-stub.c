/*
 * What native/macos needs of libSystem, for tests on Linux: a profile is written down instead of put in force, and a
 * process counts as confined when it descends from the launcher. Nothing is confined by this.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int applied;

/* Whoever loses its parent stays a descendant. */
__attribute__((constructor)) static void adopt(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

/* Whoever is confined keeps its number when it becomes the command: other processes find it by that. */
static void put_note(const char *name, const char *text) {
  char path[4096];
  if (access(STUB_FOLDER "/amnesia", F_OK) == 0) return;
  snprintf(path, sizeof path, STUB_FOLDER "/%s", name);
  FILE *file = fopen(path, "w");
  if (file == NULL) return;
  fputs(text, file);
  fclose(file);
}

static int noted(int pid, const char *mark) {
  char path[4096];
  char text[512] = "";
  snprintf(path, sizeof path, STUB_FOLDER "/confined-%d", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = '\0';
  return mark == NULL || strcmp(text, mark) == 0;
}

int sandbox_init_with_parameters(const char *profile, uint64_t flags, const char *const parameters[], char **error) {
  if (flags != 0 || strstr(profile, "(syntax-error)") != NULL) {
    *error = strdup("line 1: syntax-error");
    return -1;
  }
  FILE *file = fopen(STUB_FOLDER "/applied", "w");
  if (file == NULL) return -1;
  fprintf(file, "%s", profile);
  for (size_t i = 0; parameters[i] != NULL; i += 2) fprintf(file, "; %s = %s\n", parameters[i], parameters[i + 1]);
  fclose(file);
  char note[64];
  snprintf(note, sizeof note, "confined-%d", getpid());
  for (size_t i = 0; parameters[i] != NULL; i += 2) {
    if (strcmp(parameters[i], "MARK") == 0) put_note(note, parameters[i + 1]);
  }
  applied = strstr(profile, "(without-effect)") == NULL;
  return 0;
}

void sandbox_free_error(char *error) { free(error); }

static int parent_of(int pid) {
  char path[64];
  char line[512];
  int parent = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t size = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[size] = '\0';
  char *end = strrchr(line, ')');
  /* A process that has ended runs nothing. */
  if (end == NULL || end[2] == 'Z' || sscanf(end + 4, "%d", &parent) != 1) return 0;
  return parent;
}

int sandbox_check(pid_t pid, const char *operation, int type, ...) {
  const char *name = NULL;
  if (operation != NULL) {
    va_list words;
    va_start(words, type);
    name = va_arg(words, const char *);
    va_end(words);
  }
  if (pid == getpid() && operation == NULL) return applied;
  for (int at = pid; at > 1; at = parent_of(at)) {
    if (noted(at, NULL)) return operation == NULL ? 1 : !noted(at, name);
  }
  /* What lost its parent was adopted by the launcher. */
  for (int at = parent_of(pid); at > 1; at = parent_of(at)) {
    if (at == getpid()) return operation == NULL ? 1 : 0;
  }
  return 0;
}

int proc_pidpath(int pid, void *path, uint32_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/exe", pid);
  return (int)readlink(link, path, size);
}

int proc_pidinfo(int pid, int flavor, uint64_t argument, void *buffer, int size) {
  uint32_t *words = buffer;
  int parent = parent_of(pid);
  if (flavor != 13 || argument != 0 || size != 64 || parent == 0) return 0;
  memset(buffer, 0, (size_t)size);
  words[0] = (uint32_t)pid;
  words[1] = (uint32_t)parent;
  return size;
}

int proc_listpids(uint32_t type, uint32_t what, void *buffer, int size) {
  int *pids = buffer;
  int count = 0;
  DIR *folder = opendir("/proc");
  if (type != 4 || folder == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL && (count + 1) * (int)sizeof *pids <= size;) {
    struct stat facts;
    char path[300];
    int pid = atoi(entry->d_name);
    snprintf(path, sizeof path, "/proc/%s", entry->d_name);
    if (pid > 0 && stat(path, &facts) == 0 && facts.st_uid == what) pids[count++] = pid;
  }
  closedir(folder);
  return count * (int)sizeof *pids;
}
