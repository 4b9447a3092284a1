/** What flows from one program into the next: names that a search found, numbers of processes, streams without an end. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

describe('what flows between programs', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });
  const codes = (text: string): readonly string[] => [
    ...new Set(analyst.shell(text, PLACE).concerns.map(({ code }) => code)),
  ];

  it.each([
    'rg -l old lib | xargs sed -i s/old/new/',
    'grep -rn old lib test | cut -d: -f1 | sort -u | xargs sed -i s/old/new/',
    'find lib -name "*.js" | xargs sed -i s/old/new/',
  ])('a change of what a search found in a folder of the project is ordinary: %s', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    ['rg -l old .. | xargs sed -i s/old/new/', 'outside_write'],
    ['rg -l old . | xargs sed -i s/old/new/', 'outside_write'],
    ['rg -l old .github | xargs sed -i s/old/new/', 'outside_write'],
    ['grep -rn old lib | xargs sed -i s/old/new/', 'outside_write'],
    ['cat names | xargs sed -i s/old/new/', 'outside_write'],
    ['rg -l old lib | xargs rm', 'destroys'],
    ['find lib | xargs -I{} cp {} ~/elsewhere', 'outside_write'],
  ])('elsewhere, in the whole project, of other words, or to delete it is not: %s', (text, code) => {
    expect(codes(text)).toContain(code);
  });

  it.each(["find . -name '*.pyc' -delete", "find . -type f \\( -name '*.o' -o -name '*.obj' \\) -delete"])(
    'what a build makes anew may be searched and deleted: %s',
    (text) => {
      expect(codes(text)).toEqual([]);
    },
  );

  it.each([
    "find . -name '*.pyc' -o -type f -delete",
    "find . -name '*.pyc' -o -name '*.py' -delete",
    "find . -delete -name '*.pyc'",
    "find . ! -name '*.pyc' -delete",
    "find . \\( -name '*.pyc' -o -type f \\) -delete",
    "find .git -name '*.o' -delete",
    "find . -name '*.bak' -delete",
    "find . -name '*.log' -delete",
    "find ~ -name '*.pyc' -delete",
  ])('a search whose tests let more through is not: %s', (text) => {
    expect(codes(text)).toContain('destroys');
  });

  it.each([
    'ps -e -o pid= | xargs kill',
    "kill -9 $(ps ax | awk '{print $1}')",
    'ps ax | grep -v root | cut -c1-6 | xargs kill -KILL',
    'kill $(pgrep -u "$USER")',
    'ps -A -o pid= | while read -r one; do kill -9 "$one"; done',
  ])('ending all that a list of processes names is not ordinary: %s', (text) => {
    expect(codes(text)).toContain('system');
  });

  it.each([
    "ps aux | grep worker | awk '{print $2}' | xargs kill",
    'pgrep -f worker | xargs kill',
    'kill $(ps -C worker -o pid=)',
  ])('ending those that were chosen is: %s', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    'yes > lines',
    'cat /dev/zero >> blob',
    'dd if=/dev/urandom of=blob bs=1M',
    'dd if=/dev/zero of=blob bs=1G count=4000',
    'head -c 2T /dev/zero > blob',
    'fallocate --length 3TiB blob',
  ])('what fills the disk is not ordinary: %s', (text) => {
    expect(codes(text)).toContain('system');
  });

  it.each([
    'yes | head -5 > lines',
    'head -c 24 /dev/urandom | base64 > key.txt',
    'dd if=/dev/zero of=blob bs=1M count=64',
    'fallocate -l 20M blob',
    'yes | npm init',
  ])('what has an end is: %s', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    ['docker run -it --rm -v /etc:/host debian bash', 'privilege'],
    ['docker run -dt --ulimit-core 5 -v /:/all debian', 'privilege'],
    ['ansible web -a "systemctl restart app"', 'service'],
    ['ansible-playbook -i live all.yml', 'service'],
    ["salt '*' cmd.run uptime", 'service'],
    ['pdsh -w app[1-3] uptime', 'service'],
    ['rbw get mail', 'secret'],
    ['keepassxc-cli export safe.kdbx', 'secret'],
  ])('%s: %s', (text, code) => {
    expect(codes(text)).toContain(code);
  });

  it.each([
    ['cargo yank --version 2.1.0', 'service'],
    ['gem install tool --version 3 --source http://packages.example', 'outside_code'],
    ['gh issue delete 4 help', 'destroys'],
    ['strangewrap --version 2 rm -rf ~', 'destroys'],
    ['vercel', 'service'],
    ["npm pkg set scripts.prepare='node tool.js'", 'persistence'],
    ["npm pkg set scripts.check='rm -rf ~'", 'destroys'],
    ["find ~ -name 'id_*' -exec base64 {} +", 'secret'],
  ])('what looks like a question about a version, or a setting, is none: %s', (text, code) => {
    expect(codes(text)).toContain(code);
  });

  it.each([
    'cargo --version',
    'vercel --version',
    'aws s3 help',
    'strangewrap --help',
    "npm pkg set scripts.test='vitest run'",
    "find . -name 'id_*' -exec wc -l {} +",
  ])('%s is ordinary too', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    'docker run -it --rm -v "$PWD":/app node:24 npm test',
    'docker build -t app:dev --target dev .',
    'ansible web -m ping',
    'ansible-playbook all.yml --check',
    'keepassxc-cli ls safe.kdbx',
  ])('%s is ordinary', (text) => {
    expect(codes(text)).toEqual([]);
  });
});
