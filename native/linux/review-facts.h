/*
 * What lay in a project when a session began, path by path, in a file of its own beside what is kept of it.
 *
 * First `gatehouse-facts 1 SKIPS`, then one line for each path, `KIND PATH MODE SIZE INODE CTIME`, then `end`; paths
 * percent-encoded, modes octal, ctime in nanoseconds since 1970. SKIPS is 1 where folders are left out that tools
 * fill by themselves.
 */
#ifndef GATEHOUSE_REVIEW_FACTS_H
#define GATEHOUSE_REVIEW_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

struct fact {
  char *path;
  char kind; /* d folder, f file that is kept, l link that is kept, u file that is not, x folder left out, s anything else */
  bool seen;   /* something is there now */
  bool closed; /* and it is a folder that was not looked into */
  unsigned mode;
  long long size;
  unsigned long long inode;
  long long ctime; /* 0: too young to say that nothing changed since */
};

struct facts {
  struct fact *all; /* a table by the hash of the path; `path` is NULL where it is empty */
  size_t room;
  size_t count;
  bool skips;
};

/* False with errno set: when there is none, or EBADMSG for one that is not whole. */
bool facts_read(int folder, struct facts *facts);
/* NULL where nothing was. */
struct fact *facts_find(const struct facts *facts, const char *path);
/* Whether what is there now is what was there: nobody can set a ctime. */
bool fact_holds(const struct fact *fact, const struct stat *now);

long long ctime_of(const struct stat *facts);

/* Whether tools fill a folder of this name by themselves, and fill it again: packages, caches, what a build makes. */
bool is_refilled(int folder, const char *name);

#endif
