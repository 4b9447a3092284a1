#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct report *report, int feature, char state, const char *format, va_list words) {
  report->state[feature] = state;
  vsnprintf(report->detail[feature], sizeof report->detail[feature], format, words);
}

void report_on(struct report *report, int feature, const char *format, ...) {
  va_list words;
  va_start(words, format);
  set(report, feature, '+', format, words);
  va_end(words);
}

void report_off(struct report *report, int feature, const char *format, ...) {
  va_list words;
  va_start(words, format);
  set(report, feature, '-', format, words);
  va_end(words);
}

static int find(const char *name) {
  int feature = 0;
  while (feature < report_feature_count && strcmp(report_features[feature], name) != 0) feature++;
  return feature;
}

const char *report_missing(const struct report *report, const struct plan *plan, int need) {
  for (size_t i = 0; i < plan->count; i++) {
    const struct step *step = &plan->steps[i];
    if (step->verb != need) continue;
    int feature = find(step->words[0]);
    if (feature == report_feature_count || report->state[feature] != '+') return step->words[0];
  }
  return NULL;
}

const char *report_why(const struct report *report, const char *name) {
  int feature = find(name);
  return feature < report_feature_count && report->state[feature] == '-' ? report->detail[feature] : "the plan does not ask for it";
}

size_t report_json(const struct report *report, char *out, size_t size) {
  size_t used = 0;
  for (int i = 0; i < report_feature_count; i++) {
    if (report->state[i] == 0) continue;
    char detail[200];
    size_t length = 0;
    for (const char *c = report->detail[i]; *c != '\0' && length < sizeof detail - 3; c++) {
      if (*c == '"' || *c == '\\') detail[length++] = '\\';
      detail[length++] = (unsigned char)*c < 0x20 ? ' ' : *c;
    }
    detail[length] = '\0';
    int written = snprintf(out + used, size - used, "%s\"%s\":{\"on\":%s,\"detail\":\"%s\"}", used == 0 ? "{" : ",", report_features[i],
                           report->state[i] == '+' ? "true" : "false", detail);
    if (written < 0 || (size_t)written >= size - used) return 0;
    used += (size_t)written;
  }
  if (used == 0 || used + 2 > size) return 0;
  out[used++] = '}';
  out[used] = '\0';
  return used;
}
