/* What lies at a path of a project, as a review tells and compares it. */
#ifndef GATEHOUSE_REVIEW_FILES_H
#define GATEHOUSE_REVIEW_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { HASH_TEXT = 65 };

/*
 * As a word: `-` nothing, `d:MODE` a folder, `f:MODE:SIZE:SHA256` a file, `l:TARGET` a link, `s:` anything else, which
 * is never carried over, `u:` what was not kept or cannot be read, which is not either. Modes are octal, the target is
 * percent-encoded.
 */
struct state {
  char kind; /* - d f l s u */
  unsigned mode;
  long long size;
  char hash[HASH_TEXT];
  char *target;
};

/* Of `name` in the folder `dir`, its facts in *facts. False with errno set when it cannot be read. */
bool state_at(int dir, const char *name, struct state *state, struct stat *facts);
/* Once so many bytes were read, larger files than what is left are `u:`: a session may leave any number of holes. */
void state_may_read(long long bytes);
enum { MOST_READ_GB = 32 };
bool state_same(const struct state *a, const struct state *b);
/* In place; what it points to lasts as long as `word`. */
bool state_parse(char *word, struct state *state);
/* Writes the word to stdout. */
void state_print(const struct state *state);
void state_free(struct state *state);

/* Decodes a word, in place. False for one with a zero byte in it: as a path it would be cut there. */
bool decode_path(char *word);
/* Not empty, not absolute, no empty, `.` or `..` part. */
bool is_plain_relative(const char *path);

/* Below `root`, over no link and no other mount. */
int open_below(int root, const char *path, uint64_t flags);
/* The folder that holds `path`; *name is its last part. */
int open_parent(int root, const char *path, const char **name);

/*
 * Copies the regular file `from` to the new file `name` in `to`, which gets `mode`, and puts its hash into `hash`.
 * Nothing else of it comes along: no owner, no attributes, no privileges. False with errno set.
 */
bool copy_file(int from, int to, const char *name, unsigned mode, char hash[HASH_TEXT]);

/* Takes everything below `name` in `dir` away, and itself; what cannot be entered is made so. */
bool remove_all(int dir, const char *name);

/* Prints `text` percent-encoded. */
void print_encoded(const char *text);

#endif
