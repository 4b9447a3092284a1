/*
 * What a session wrote to the copy of a project: telling it, and carrying it over.
 *
 * Every path is looked up below a folder that is held open, with no link on the way (openat2), so that nothing that
 * was planted in either of them leads elsewhere.
 */
#ifndef GATEHOUSE_REVIEW_H
#define GATEHOUSE_REVIEW_H

/*
 * `review scan UPPER LOWER SINCE`: one line per difference, `entry PATH BEFORE AFTER NOTES`, then `end 1`, or `end 0`
 * when something could not be looked at. SINCE in nanoseconds since 1970: what changed below after it is noted as
 * `moved`.
 *
 * `review keep ROOT STORE BASE BYTES ENTRIES MILLISECONDS LARGEST SKIPS`: keeps what lies in ROOT in the new folders
 * STORE/before and STORE/facts, before a session changes it; BASE is the STORE of an earlier session, or `-`. Prints
 * `left PATH WHY` for what is not kept, then `end FILES BYTES CLONED LINKED LEFT`; or `limit WHICH`, and exits with 3,
 * when it would take more than it may. See review-keep.c.
 *
 * `review compare ROOT STORE`: the same lines as scan, of what differs in ROOT from what STORE keeps, and `left PATH
 * WHY`. What is not kept of a path is `u:`.
 *
 * `review change`: carries out the list on stdin, all of it or nothing; see review-change.c.
 *
 * `review read ROOT PATH LIMIT`: the first bytes of a regular file; PATH is percent-encoded. `review remove FOLDER NAME`: takes a folder away.
 *
 * Exit: 0 done; 3 refused, nothing was changed, `conflict PATH WHY` lines say why; 4 failed, and everything is as it
 * was; 5 failed, and not everything could be put back; 125 anything else.
 */
int review_run(int argc, char **argv);

/* How much may be kept. */
struct review_bounds {
  long long bytes; /* that are copied */
  unsigned long entries;
  long long milliseconds;
  long long largest; /* file, in bytes */
  int skips;         /* whether folders that tools fill by themselves are left out */
};

int review_keep(const char *root, const char *store, const char *base, const struct review_bounds *bounds);
int review_compare(const char *root, const char *store);
int review_scan(const char *upper, const char *lower, long long since);
int review_change(void);

#endif
