#include "features.h"

_Static_assert((int)FEATURES <= (int)MAX_FEATURES, "a report has room for every feature");

const char *const report_features[] = {"job",      "handles", "launcher", "privileges", "administrators", "integrity", "ui",      "desktop", "station",
                                            "mitigations", "processes", "memory",   "data",       "cpu",            "session",   "fs", "net"};
const int report_feature_count = FEATURES;
