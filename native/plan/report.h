/*
 * What was really enforced, feature by feature.
 *
 * A feature that was not asked for is absent; one that was asked for is on, or off with the reason. The features are
 * those of the system (features.h there). Nothing here is set before the system has said so.
 */
#ifndef GATEHOUSE_REPORT_H
#define GATEHOUSE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

enum { MAX_FEATURES = 32 };

/* Of the system: the names of its features, by number, and how many they are: at most MAX_FEATURES. */
extern const char *const report_features[];
extern const int report_feature_count;

struct report {
  char state[MAX_FEATURES]; /* 0 absent, '+' on, '-' off */
  char detail[MAX_FEATURES][160];
};

void report_on(struct report *report, int feature, const char *format, ...) __attribute__((format(printf, 3, 4)));
void report_off(struct report *report, int feature, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What the plan insists on, by its steps with the verb `need`, and the report does not have: the first such name, or NULL. */
const char *report_missing(const struct report *report, const struct plan *plan, int need);

/* The reason beside a feature of this name; a text of its own where there is none. */
const char *report_why(const struct report *report, const char *name);

/* Writes a JSON object `{"user":{"on":true,"detail":"…"},…}`; returns its length, or 0 when it does not fit. */
size_t report_json(const struct report *report, char *out, size_t size);

#endif
