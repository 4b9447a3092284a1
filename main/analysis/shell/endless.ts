/** Loops and functions that take all of a machine. */

const FOREVER =
  /^(?:while\s+(?:true|:|\[\s+1\s+\]|\(\(\s*1\s*\)\)|\[\[\s+1\s+\]\])|until\s+false)\s*(?:;|\n)\s*do\b/;
/** It waits for something, or ends. */
const RESTS = /\b(?:sleep|read|wait|break|exit|return|inotifywait|fswatch|usleep|select|kill)\b/;
const TAKES =
  /\bdo\s*(?::|true)\s*;?\s*done|(?:\bmkdir\b[\s\S]*\bcd\b)|\b(?:fallocate|truncate|mktemp|dd|touch)\b|>>|\bcp\b|&\s*(?:\n|;|done|$)|\b(?:head|cat|openssl)\b[^;\n]*\/dev\/(?:u?random|zero)/;
/** A function that starts itself twice, one of them behind its back. */
const BREEDS = /(?:^|[\s;&|(])([\w:.]+)\s*\(\)\s*\{[^{}]{0,60}?(?<![\w:.])\1\s*\|\s*\1(?![\w:.])[^{}]{0,20}&/;

/** @param text a loop from its first word on */
export function fillsWithoutEnd(text: string): boolean {
  return FOREVER.test(text.slice(0, 4096)) && !RESTS.test(text) && TAKES.test(text);
}

/** Whether a script makes such a function. */
export function breeds(text: string): boolean {
  return BREEDS.test(text);
}
