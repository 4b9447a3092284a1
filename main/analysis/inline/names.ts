/** Names that a program gives to modules and to parts of them, back to what they stand for. */

import { isPrivateFolder } from '../private-folders.ts';

/** `require('fs')` is `fs`, and a name that a part of it is given is the name of the part. */
export function required(source: string): string {
  let text = source.replace(/\brequire\(\s*['"`](?:node:)?(\w[\w/]*)['"`]\s*\)/g, (_, name: string) =>
    name.replace(/\W/g, '_'),
  );
  // `n = require('net')`: what it is called here is what it is.
  for (const found of text.matchAll(
    /(?<![.\w])(\w+)\s*=\s*(child_process|fs|fs_promises|os|net|tls|dns|http|https)(?=\s*[,;\n)]|$)/g,
  )) {
    const [, alias = '', real = ''] = found;
    if (alias !== real) text = text.replace(new RegExp(`(?<![.\\w])${alias}(?=\\s*\\.)`, 'g'), real);
  }
  for (const found of text.matchAll(
    /\{([^{}]*)\}\s*=\s*(?:child_process|fs|fs_promises|os|net|dns|http|https)\b/g,
  )) {
    for (const part of (found[1] ?? '').split(',')) {
      const [name = '', alias] = part.trim().split(/\s*:\s*/);
      if (alias !== undefined && /^\w+$/.test(alias) && /^\w+$/.test(name))
        text = text.replace(new RegExp(`(?<![.\\w])${alias}(?=\\s*\\()`, 'g'), name);
    }
  }
  return text;
}

/** `import os as o`, `from os import remove`: names back to what they stand for. */
export function settled(source: string, code: string): string {
  let text = source;
  for (const found of code.matchAll(/\bimport\s+([\w.]+)\s+as\s+(\w+)/g)) {
    const [, real = '', short = ''] = found;
    if (WATCHED.test(real)) text = text.replace(new RegExp(`(?<![.\\w])${short}(?=\\s*\\.)`, 'g'), real);
  }
  for (const found of code.matchAll(/\bfrom\s+([\w.]+)\s+import\s+([^\n;]+)/g)) {
    const [, module = '', names = ''] = found;
    if (!WATCHED.test(module)) continue;
    const list = names.trim() === '*' ? EVERYTHING : names.replace(/[()]/g, '').split(',');
    for (const part of list) {
      const [name = '', alias] = part.trim().split(/\s+as\s+/);
      if (/^\w+$/.test(name) && /^(?:\w+)?$/.test(alias ?? ''))
        text = text.replace(new RegExp(`(?<![.\\w])${alias ?? name}(?=\\s*\\()`, 'g'), `${module}.${name}`);
    }
  }
  return text;
}

const WATCHED = /^(?:os|subprocess|shutil|requests|urllib|socket|pty|urllib\.request)$/;
const EVERYTHING = [
  'system',
  'remove',
  'unlink',
  'rmtree',
  'popen',
  'run',
  'Popen',
  'call',
  'check_output',
  'spawn',
];

/** Whether a string is surely no path: long, empty, or with blanks where only folders of macOS have them. */
export function isNoPath(text: string): boolean {
  if (text.length > 300 || text === '') return true;
  // A pattern over a folder of keys names each of them.
  if (/^[~/]?[\w./*-]+$/.test(text) && text.includes('*') && isPrivateFolder(`/${text.replace(/^~\//, '')}`))
    return false;
  return /[\s*]/.test(text.trim()) && !/^[~/]*Library\/[\w ./-]+$/.test(text);
}
