import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { REDACTED, redact, shorten } from '../../main/engine/redaction.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';

const object = (json: string): JsonObject => JSON.parse(json) as JsonObject;

describe('redact', () => {
  it('goes by the name, anywhere in it and at any depth', () => {
    for (const key of [
      'password',
      'DB_PASSWORD',
      'passwd',
      'client_secret',
      'X-API-Key',
      'apiKey',
      'auth',
      'Authorization',
      'refresh_token',
      'credentials',
      'private_key',
      'bearer',
      'sshKey',
      'session_id',
      'jwt',
      'pwd',
      'passphrase',
      'pin',
      'user_pin',
      'cardPin',
      'otp',
      'Set-Cookie',
    ]) {
      expect([key, redact({ a: [{ [key]: 'x' }] })]).toEqual([key, { a: [{ [key]: REDACTED }] }]);
    }
    expect(redact({ PWD: '/home/me', DB_PWD: '/home/me' })).toEqual({ PWD: '/home/me', DB_PWD: REDACTED });
    for (const key of ['spinner', 'mapping', 'pwdx', 'command', 'file_path', 'option'])
      expect([key, redact({ [key]: 'x' })]).toEqual([key, { [key]: 'x' }]);
    expect(redact({ password: { a: 1 }, token: 5, secret: null })).toEqual({
      password: REDACTED,
      token: REDACTED,
      secret: REDACTED,
    });
  });

  it('changes nothing it is given and is safe with odd names', () => {
    const params = object('{"__proto__":{"password":"x"},"constructor":{"a":1},"toString":"x"}');
    const before = JSON.stringify(params);
    const found = redact(params);
    expect(JSON.stringify(params)).toBe(before);
    expect(JSON.stringify(found)).toBe(
      '{"__proto__":{"password":"[REDACTED]"},"constructor":{"a":1},"toString":"x"}',
    );
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['password']).toBeUndefined();
  });

  it.each([
    [`ask ${'gth_'.padEnd(47, 'aB-_')} now`, 'ask [REDACTED] now'],
    [`ask ${'gth_'.padEnd(46, 'a')}`, `ask ${'gth_'.padEnd(46, 'a')}`],
    [
      'curl -H "Authorization: Bearer sk-live-abc" https://x',
      'curl -H "Authorization: Bearer [REDACTED]" https://x',
    ],
    ['curl -H "authorization: Basic dXNlcg=="', 'curl -H "authorization: Basic [REDACTED]"'],
    ['curl -H "X-Api-Key: abc" x', 'curl -H "X-Api-Key: [REDACTED]" x'],
    ['API_KEY=sk-abc npm test', 'API_KEY=[REDACTED] npm test'],
    ['export GITHUB_TOKEN="a b"', 'export GITHUB_TOKEN=[REDACTED]'],
    ['psql postgres://me:hunter2@db/x', 'psql postgres://me:[REDACTED]@db/x'],
    ['mysql --password=x -u root', 'mysql --password=[REDACTED] -u root'],
    ['https://x/?a=1&access_token=abc&b=2', 'https://x/?a=1&access_token=[REDACTED]&b=2'],
    ['{"password": "x\\"y", "a": "b"}', '{"password": "[REDACTED]", "a": "b"}'],
    ['TOKEN=$TOKEN run', 'TOKEN=$TOKEN run'],
    ['db_password: hunter2', 'db_password: [REDACTED]'],
    ['curl -u me:hunter2 https://x', 'curl -u me:[REDACTED] https://x'],
    ['curl --user "me:hunter2" x', 'curl --user "me:[REDACTED]" x'],
    ['mysql -u root -phunter2 shop', 'mysql -u root -p[REDACTED] shop'],
    ["mysqldump -p'a b' shop", 'mysqldump -p[REDACTED] shop'],
    ['sshpass -p hunter2 ssh host', 'sshpass -p [REDACTED] ssh host'],
    ['docker run -u 1000:1000 x curl', 'docker run -u 1000:1000 x curl'],
    ['mkdir -p a && mysql -p', 'mkdir -p a && mysql -p'],
    ['docker run -p8080:80 x', 'docker run -p8080:80 x'],
    ['error: /home/me/p/passwd: out2 is a link', 'error: /home/me/p/passwd: out2 is a link'],
    ['…/passwd: out2 is a link', '…/passwd: out2 is a link'],
    ['sha256sum: "./etc/passwd: OK"', 'sha256sum: "./etc/passwd: OK"'],
    ['cat: ~/.aws/token: Permission denied', 'cat: ~/.aws/token: Permission denied'],
    ['/run/secrets/token: hunter2 is set', '/run/secrets/token: [REDACTED] is set'],
    ['/run/secrets/db_password: hunter', '/run/secrets/db_password: [REDACTED]'],
    ['/run/secrets/db_password: hunter\nmore text', '/run/secrets/db_password: [REDACTED]\nmore text'],
    ['user/passwd: hunter2', 'user/passwd: [REDACTED]'],
    ['/srv/svn/conf/passwd: hunter2', '/srv/svn/conf/passwd: [REDACTED]'],
    ['~/.vnc/passwd: hunter2', '~/.vnc/passwd: [REDACTED]'],
    ['/etc/passwd: root:x:0:0', '/etc/passwd: root:x:0:0'],
    ['/home/me/passphrase: correct horse', '/home/me/passphrase: [REDACTED] horse'],
    ['ls: ./token: No such file or directory', 'ls: ./token: No such file or directory'],
    ['/p/secret: cannot be read', '/p/secret: cannot be read'],
    ['passwd: out2 is a link', 'passwd: [REDACTED] is a link'],
    ['https://x/passwd: hunter2', 'https://x/passwd: [REDACTED]'],
    ['HOME=/root\nPWD=/root/shop\nOLDPWD=/', 'HOME=/root\nPWD=/root/shop\nOLDPWD=/'],
    ['declare -x PWD="/root/my shop"', 'declare -x PWD="/root/my shop"'],
    ['{"PWD": "/root/shop", "pwd": "/x"}', '{"PWD": "/root/shop", "pwd": "[REDACTED]"}'],
    ['PWD=hunter2 run', 'PWD=[REDACTED] run'],
    ['Server=db;UID=sa;PWD=/9jhunter2', 'Server=db;UID=sa;PWD=[REDACTED]'],
    ['PWD=/9jhunter2; Data Source=db', 'PWD=[REDACTED]; Data Source=db'],
    ['PWD=/root/shop; echo x', 'PWD=/root/shop; echo x'],
    ['pwd=/hunter2 run', 'pwd=[REDACTED] run'],
    ['DB_PWD=/hunter2 MY_PASSWD=/x/y run', 'DB_PWD=[REDACTED] MY_PASSWD=[REDACTED] run'],
    ['const a = b; git log --format=oneline', 'const a = b; git log --format=oneline'],
  ])('takes the secret out of %j', (text, wanted) => {
    expect(redact({ command: text })).toEqual({ command: wanted });
  });

  it('stays linear on hostile text', () => {
    for (const unit of [
      'a-',
      'a=',
      '=',
      ':',
      '://',
      'a:b@',
      '"a":"',
      'authorization:',
      '\\"',
      'token: ',
      '--a',
      'curl -u a',
      'mysql -p',
      ' -p"',
      'sshpass -p ',
    ]) {
      const text = unit.repeat(Math.floor(3_000_000 / unit.length));
      expect(typeof redact({ text })['text']).toBe('string');
    }
  }, 180_000);

  it('ends on the deepest nesting', () => {
    let deep: JsonObject = { password: 'x' };
    for (let level = 0; level < 3000; level += 1) deep = { a: deep };
    expect(JSON.stringify(redact(deep))).not.toContain('"x"');
  });
});

describe('shorten', () => {
  it('leaves alone what fits', () => {
    const params = { a: 'x'.repeat(32 * 1024), b: [1, null, { c: 'ä' }] };
    expect(shorten(params, 1e6)).toEqual(params);
  });

  it('cuts at a code point and tells length and digest', () => {
    for (const unit of ['a', 'ä', '€', '😀', 'a😀', '€a']) {
      for (const lead of ['', 'x', 'xy', 'xyz']) {
        const text = lead + unit.repeat(40_000);
        const found = String(shorten({ text }, 1e6)['text']);
        const kept = found.slice(0, found.lastIndexOf('… (cut:'));
        expect(text.startsWith(kept)).toBe(true);
        expect(kept.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(32 * 1024);
        expect(Buffer.byteLength(kept)).toBeGreaterThan(32 * 1024 - 4);
        expect(found).toContain(`${Buffer.byteLength(text)} bytes`);
        expect(found).toContain(createHash('sha256').update(text).digest('hex'));
      }
    }
  });

  it('keeps within the budget whatever comes', () => {
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`k${index}`, 'x'.repeat(500)]),
    );
    const wide = { list: Array.from({ length: 200_000 }, (_, index) => index) };
    const huge = { content: 'é'.repeat(10 * 1024 * 1024) };
    const names = { ['n'.repeat(1_000_000)]: 1 };
    for (const params of [many, wide, huge, names]) {
      const found = shorten(params, 64 * 1024);
      expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThanOrEqual(64 * 1024);
    }
    expect(shorten(wide, 1000)).toEqual({
      shortened: expect.stringMatching(/^parameters of \d+ bytes, SHA-256 [0-9a-f]{64}$/),
    });
  });

  it('changes nothing it is given', () => {
    const params = object(`{"__proto__":"${'x'.repeat(40_000)}"}`);
    const before = JSON.stringify(params);
    expect(Object.keys(shorten(params, 1e6))).toEqual(['__proto__']);
    expect(JSON.stringify(params)).toBe(before);
  });
});
