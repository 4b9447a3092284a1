import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkNativeParts, readNativeDigests } from '../../main/platform/native-digests.ts';
import { ownProgram } from '../../main/platform/own-program.ts';

const changed = expect.objectContaining({ code: 'native_changed' });
const digest = createHash('sha256').update('program').digest('hex');
let folder: string;
let part: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-native-'));
  mkdirSync(join(folder, 'app', 'dist'), { recursive: true });
  part = join(folder, 'part');
  writeFileSync(part, 'program', { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const check = () => checkNativeParts(folder, { part: digest });

describe('native parts', () => {
  it('are as they were packed', () => {
    expect(check).not.toThrow();
  });

  it.each([
    ['changed', () => writeFileSync(part, 'programs')],
    ['gone', () => rmSync(part)],
    ['open to the group', () => chmodSync(part, 0o775)],
    ['open to everybody', () => chmodSync(part, 0o757)],
    [
      'a link to the same bytes',
      () => {
        writeFileSync(join(folder, 'elsewhere'), 'program');
        rmSync(part);
        symlinkSync(join(folder, 'elsewhere'), part);
      },
    ],
    [
      'a folder',
      () => {
        rmSync(part);
        mkdirSync(part);
      },
    ],
  ])('that are %s stop the start', (_name, change) => {
    change();
    expect(check).toThrowError(changed);
  });
});

describe('the list', () => {
  const list = (text: string) => writeFileSync(join(folder, 'app', 'dist', 'native-digests.json'), text);

  it('is not there in a checkout', () => {
    expect(readNativeDigests(join(folder, 'app'))).toBeNull();
  });

  it('is read from the archive', () => {
    list(JSON.stringify({ version: 1, files: { part: digest } }));
    expect(readNativeDigests(join(folder, 'app'))).toEqual({ part: digest });
  });

  it.each(['', '{}', '{"version":1,"files":{"part":"abc"}}', '{"version":2,"files":{}}'])(
    'that is %j stops the start',
    (text) => {
      list(text);
      expect(() => readNativeDigests(join(folder, 'app'))).toThrowError(changed);
    },
  );
});

describe('a part of ours is started', () => {
  const script = new URL('file:///install/dist/main/tutorial-supervisor.js');

  it('on Node as a file, by the app’s program as a word, where that is no Node', () => {
    expect(ownProgram('tutorial-supervisor', script, { execPath: '/usr/bin/node', electron: false })).toEqual(
      {
        file: '/usr/bin/node',
        args: ['/install/dist/main/tutorial-supervisor.js'],
      },
    );
    expect(
      ownProgram('tutorial-supervisor', script, { execPath: '/opt/gatehouse-desktop', electron: true }),
    ).toEqual({
      file: '/opt/gatehouse-desktop',
      args: ['--ozone-platform=headless', 'tutorial-supervisor'],
    });
  });
});
