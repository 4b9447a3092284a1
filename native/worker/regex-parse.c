/* Reads a regular expression into nodes. See regex.c for what is known. */
#define _GNU_SOURCE
#include <string.h>

#include "regex.h"

static int node(struct parser *parser, enum kind kind, int left, int right) {
  if (parser->count == MOST_NODES) {
    parser->why = "it is too long";
    return 0;
  }
  parser->nodes[parser->count] = (struct node){.kind = kind, .left = left, .right = right};
  return parser->count++;
}

static int new_set(struct parser *parser) {
  if (parser->regex->set_count == MOST_SETS) {
    parser->why = "it has too many [ ]";
    return 0;
  }
  memset(parser->regex->sets[parser->regex->set_count], 0, 32);
  return parser->regex->set_count++;
}

static int range_node(struct parser *parser, unsigned low, unsigned high) {
  int set = new_set(parser);
  for (unsigned byte = low; byte <= high; byte++) put(parser->regex->sets[set], (unsigned char)byte);
  return node(parser, N_SET, set, 0);
}

/* Any character that is no ASCII: whole in UTF-8, a byte where it is none. */
static int wide(struct parser *parser) {
  int tail = range_node(parser, 0x80, 0xbf);
  int two = node(parser, N_BOTH, range_node(parser, 0xc2, 0xdf), tail);
  int three = node(parser, N_BOTH, range_node(parser, 0xe0, 0xef), node(parser, N_BOTH, tail, tail));
  int four = node(parser, N_BOTH, range_node(parser, 0xf0, 0xf4), node(parser, N_BOTH, tail, node(parser, N_BOTH, tail, tail)));
  int one = range_node(parser, 0x80, 0xff);
  return node(parser, N_EITHER, node(parser, N_EITHER, two, three), node(parser, N_EITHER, four, one));
}

/* Adds what `\d`, `\w` and `\s` stand for; false for another letter. */
bool class_of(unsigned char letter, unsigned char *set) {
  unsigned char own[32] = {0};
  unsigned char low = letter | 0x20;
  for (unsigned byte = 0; byte < 128; byte++) {
    bool digit = byte >= '0' && byte <= '9';
    bool word = digit || byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool space = byte == ' ' || (byte >= 9 && byte <= 13);
    if ((low == 'd' && digit) || (low == 'w' && word) || (low == 's' && space)) put(own, (unsigned char)byte);
  }
  if (low != 'd' && low != 'w' && low != 's') return false;
  for (unsigned byte = 0; byte < 128; byte++) {
    if (in(own, (unsigned char)byte) == (letter == low)) put(set, (unsigned char)byte);
  }
  return true;
}

static int plain_escape(unsigned char letter) {
  switch (letter) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'v': return '\v';
    default: return letter >= 128 || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ? -1 : letter;
  }
}

static void fold(unsigned char *set) {
  for (unsigned byte = 'a'; byte <= 'z'; byte++) {
    if (in(set, (unsigned char)byte)) put(set, (unsigned char)(byte - 32));
    else if (in(set, (unsigned char)(byte - 32))) put(set, (unsigned char)byte);
  }
}

static int parse_set(struct parser *parser) {
  int index = new_set(parser);
  unsigned char *set = parser->regex->sets[index];
  bool no = parser->at < parser->end && *parser->at == '^';
  if (no) parser->at++;
  for (bool first = true;; first = false) {
    if (parser->at >= parser->end) {
      parser->why = "a [ has no ]";
      return 0;
    }
    unsigned char byte = (unsigned char)*parser->at++;
    if (byte == ']' && !first) break;
    if (byte == '[' && parser->at < parser->end && *parser->at == ':') {
      parser->why = "[: :] is not known; use \\d, \\w or \\s";
      return 0;
    }
    if (byte == '\\') {
      if (parser->at >= parser->end) continue;
      unsigned char letter = (unsigned char)*parser->at++;
      if (class_of(letter, set)) continue;
      int plain = plain_escape(letter);
      if (plain < 0) {
        parser->why = "a \\ with that letter is not known in [ ]";
        return 0;
      }
      byte = (unsigned char)plain;
    }
    unsigned char high = byte;
    if (parser->end - parser->at >= 2 && parser->at[0] == '-' && parser->at[1] != ']') {
      high = (unsigned char)parser->at[1];
      parser->at += 2;
      if (high == '\\') {
        int plain = parser->at < parser->end ? plain_escape((unsigned char)*parser->at++) : -1;
        if (plain < 0) {
          parser->why = "a range in [ ] ends in what is no letter";
          return 0;
        }
        high = (unsigned char)plain;
      }
    }
    if (byte >= 128 || high >= 128) {
      parser->why = "[ ] holds ASCII only; write (é|à) for others";
      return 0;
    }
    if (high < byte) {
      parser->why = "a range in [ ] ends before it begins";
      return 0;
    }
    for (unsigned each = byte; each <= high; each++) put(set, (unsigned char)each);
  }
  if (parser->regex->any_case) fold(set);
  if (!no) return node(parser, N_SET, index, 0);
  for (unsigned byte = 0; byte < 16; byte++) set[byte] = (unsigned char)~set[byte];
  return node(parser, N_EITHER, node(parser, N_SET, index, 0), wide(parser));
}

static int byte_node(struct parser *parser, unsigned char byte) {
  bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  if (!parser->regex->any_case || !letter) return node(parser, N_BYTE, byte, 0);
  int set = new_set(parser);
  put(parser->regex->sets[set], byte);
  fold(parser->regex->sets[set]);
  return node(parser, N_SET, set, 0);
}

static int parse_either(struct parser *parser);

static int parse_group(struct parser *parser) {
  if (parser->end - parser->at >= 2 && parser->at[0] == '?') {
    if (parser->at[1] != ':') {
      parser->why = "looking ahead or behind, and names of groups, are not known";
      return 0;
    }
    parser->at += 2;
  }
  if (++parser->depth > DEEPEST) {
    parser->why = "its groups are too deep";
    return 0;
  }
  int inner = parse_either(parser);
  parser->depth--;
  if (parser->why != NULL) return 0;
  if (parser->at >= parser->end || *parser->at != ')') {
    parser->why = "a ( has no )";
    return 0;
  }
  parser->at++;
  return inner;
}

static int parse_escape(struct parser *parser) {
  if (parser->at >= parser->end) {
    parser->why = "it ends in \\";
    return 0;
  }
  unsigned char letter = (unsigned char)*parser->at++;
  if (letter == 'b') return node(parser, N_EDGE, 0, 0);
  if (letter == 'B') return node(parser, N_NO_EDGE, 0, 0);
  if (strchr("dwsDWS", letter) != NULL) {
    int set = new_set(parser);
    class_of(letter, parser->regex->sets[set]);
    int inner = node(parser, N_SET, set, 0);
    return letter >= 'a' ? inner : node(parser, N_EITHER, inner, wide(parser));
  }
  int plain = letter >= 128 ? letter : plain_escape(letter);
  if (plain < 0) {
    parser->why = letter >= '0' && letter <= '9' ? "going back to a group is not known" : "a \\ with that letter is not known";
    return 0;
  }
  return byte_node(parser, (unsigned char)plain);
}

static int parse_atom(struct parser *parser) {
  unsigned char byte = (unsigned char)*parser->at++;
  switch (byte) {
    case '(':
      return parse_group(parser);
    case '[':
      return parse_set(parser);
    case '\\':
      return parse_escape(parser);
    case '^':
      return node(parser, N_START, 0, 0);
    case '$':
      return node(parser, N_END, 0, 0);
    case '.':
      return node(parser, N_EITHER, range_node(parser, 0, 0x7f), wide(parser));
    case '*':
    case '+':
    case '?':
      parser->why = "a * + or ? has nothing before it";
      return 0;
    default: {
      /* The bytes of one character stay together. */
      int whole = byte_node(parser, byte);
      for (int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0; more > 0 && parser->at < parser->end; more--) {
        if (((unsigned char)*parser->at & 0xc0) != 0x80) break;
        whole = node(parser, N_BOTH, whole, node(parser, N_BYTE, (unsigned char)*parser->at++, 0));
      }
      return whole;
    }
  }
}

/* `{m}`, `{m,}` or `{m,n}` at the place; false when the bracket is only a letter. */
static bool parse_times(struct parser *parser, int *least, int *most) {
  const char *at = parser->at + 1;
  int numbers[2] = {-1, -1};
  int which = 0;
  for (; at < parser->end && *at != '}'; at++) {
    if (*at == ',' && which == 0) {
      which = 1;
    } else if (*at >= '0' && *at <= '9') {
      if (numbers[which] < 0) numbers[which] = 0;
      if (numbers[which] <= MOST_TIMES) numbers[which] = numbers[which] * 10 + (*at - '0');
    } else {
      return false;
    }
  }
  if (at >= parser->end || numbers[0] < 0) return false;
  *least = numbers[0];
  *most = which == 0 ? numbers[0] : numbers[1];
  if (*least > MOST_TIMES || *most > MOST_TIMES) parser->why = "a { } counts too far";
  else if (*most >= 0 && *most < *least) parser->why = "a { } ends before it begins";
  parser->at = at + 1;
  return true;
}

static int parse_repeat(struct parser *parser) {
  int atom = parse_atom(parser);
  for (int times = 0; parser->why == NULL && parser->at < parser->end; times++) {
    int least = 0;
    int most = -1;
    char byte = *parser->at;
    if (byte == '+') least = 1;
    else if (byte == '?') most = 1;
    else if (byte == '{') {
      if (!parse_times(parser, &least, &most)) break;
    } else if (byte != '*') break;
    if (byte != '{') parser->at++;
    if (parser->at < parser->end && *parser->at == '?') parser->at++;
    if (times == 8) {
      parser->why = "it repeats what is repeated too often";
      break;
    }
    int inner = atom;
    atom = node(parser, N_REPEAT, inner, 0);
    parser->nodes[atom].least = least;
    parser->nodes[atom].most = most;
  }
  return atom;
}

static int parse_row(struct parser *parser) {
  int row = node(parser, N_EMPTY, 0, 0);
  while (parser->why == NULL && parser->at < parser->end && *parser->at != '|' && *parser->at != ')')
    row = node(parser, N_BOTH, row, parse_repeat(parser));
  return row;
}

static int parse_either(struct parser *parser) {
  int all = parse_row(parser);
  while (parser->why == NULL && parser->at < parser->end && *parser->at == '|') {
    parser->at++;
    all = node(parser, N_EITHER, all, parse_row(parser));
  }
  return all;
}

int regex_parse(struct parser *parser) {
  node(parser, N_EMPTY, 0, 0);
  int all = parse_either(parser);
  if (parser->why == NULL && parser->at < parser->end) parser->why = "a ) has no (";
  return all;
}
