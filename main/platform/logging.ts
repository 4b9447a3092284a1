/**
 * The supervisor's own log file: for faults, not for what agents do (that is the audit log).
 *
 * JSON lines, at most 5 MB a file and five old ones, readable by their owner alone. Everything passes the
 * redactors before it is written.
 */
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import electronLog from 'electron-log/node.js';

export interface Logger {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  /** Adds a redactor, once: what it answers is written in place of what it is given. */
  addRedactor(redact: (text: string) => string): void;
}

const MAX_BYTES = 5 * 1024 * 1024;
const KEPT_FILES = 5;
const MAX_LINE = 16 * 1024;

const loggers = new Map<string, Logger>();
let complained = false;

// electron-log tells of a file that it cannot write with a stack on the terminal, once for every line.
electronLog.transports.console = Object.assign(complainOnce, electronLog.transports.console);

function complainOnce(): void {
  if (complained) return;
  complained = true;
  process.stderr.write(
    'gatehouse: the log file cannot be written; hint: look at the free space of the disk\n',
  );
}

/**
 * The logger of a folder; one per folder and process. Writing never throws: a full disk must not stop the
 * supervisor from refusing calls.
 */
export function createLogger(options: { folder: string }): Logger {
  const known = loggers.get(options.folder);
  if (known !== undefined) return known;
  const made = build(join(options.folder, 'gatehouse.log'));
  loggers.set(options.folder, made);
  return made;
}

function build(file: string): Logger {
  const redactors: ((text: string) => string)[] = [];
  const log = electronLog.create({ logId: file });
  log.transports.console.level = false;
  const transport = log.transports.file;
  transport.resolvePathFn = () => file;
  transport.maxSize = MAX_BYTES;
  transport.writeOptions = { mode: 0o600, flag: 'a', encoding: 'utf8' };
  transport.archiveLogFn = (old) => rotate(old.path);
  transport.format = ({ message }) => {
    const text = message.data
      .map((part: unknown) => (part instanceof Error ? (part.stack ?? part.message) : String(part)))
      .join(' ');
    // Cut afterwards: half a secret is not recognised, and still too much.
    const clean = redacted(text.toWellFormed(), redactors).slice(0, MAX_LINE).toWellFormed();
    return [JSON.stringify({ at: message.date.toISOString(), level: message.level, text: clean })];
  };
  if (process.platform !== 'win32' && existsSync(file)) chmodSync(file, 0o600);
  return {
    error: (text) => log.error(text),
    warn: (text) => log.warn(text),
    info: (text) => log.info(text),
    addRedactor: (redact) => {
      if (!redactors.includes(redact)) redactors.push(redact);
    },
  };
}

/** A text that a redactor fails on is not written: nobody knows what is in it. */
function redacted(text: string, redactors: readonly ((text: string) => string)[]): string {
  try {
    return redactors.reduce((before, redact) => redact(before), text);
  } catch {
    return '(a line that could not be redacted)';
  }
}

/** gatehouse.log.4 → .5 and so on; the oldest goes. */
function rotate(file: string): void {
  try {
    rmSync(`${file}.${KEPT_FILES}`, { force: true });
    for (let number = KEPT_FILES - 1; number >= 1; number -= 1) {
      if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
    }
    renameSync(file, `${file}.1`);
  } catch {
    // A file that cannot be put aside is written on.
  }
}
