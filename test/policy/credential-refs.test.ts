/** References to credentials, anywhere below an agent: names and scopes must be those that the file declares. */
import { describe, expect, it } from 'vitest';
import { checkCredentialRefs, type DeclaredCredentials } from '../../main/policy/credential-refs.ts';
import { readDocument } from '../../main/policy/document.ts';
import { Reader } from '../../main/policy/reader.ts';

const DECLARED: DeclaredCredentials = new Map([
  ['forge', 'per_user'],
  ['mail', 'system_wide'],
]);

function said(text: string, declared = DECLARED): readonly string[] {
  const { root, problems } = readDocument(text, 'f');
  checkCredentialRefs(new Reader(problems), root, declared);
  return problems.all('error').map(({ path, message }) => `${path}: ${message}`);
}

const UNKNOWN = 'is not declared; declared: forge, mail';

describe('a reference', () => {
  it.each([
    'credential: forge',
    'credential: mail',
    'credential: { ref: forge }',
    'credential: { ref: forge, scope: per_user }',
    'credential: { ref: mail, scope: system_wide }',
    'brain: { provider: acme, credential: { ref: forge, provider: acme } }',
    'brain: { credential: { ref: forge, provider: acme } }',
    'brain: { provider: { name: acme }, credential: { ref: forge, provider: other } }',
    'brain: { provider: acme, credential: { ref: forge } }',
    'brain: { provider: , credential: { ref: forge, provider: acme } }',
    'credential:',
    'credentials: { ref: nobody }',
    'x: credential',
    'list: [credential, 5, ~, [a]]',
    'just text',
    '[]',
    '',
  ])('%j is right', (text) => {
    expect(said(text)).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['credential: forg', [`credential: ref "forg" ${UNKNOWN}; did you mean forge`]],
    ['credential: nobody', [`credential: ref "nobody" ${UNKNOWN}`]],
    ['credential: { ref: nobody, scope: system_wide }', [`credential: ref "nobody" ${UNKNOWN}`]],
    ['credential: 5', ['credential: must be text, not a number']],
    ['credential: [forge]', ['credential: expected a mapping (key: value), found a list']],
    ['credential: {}', ['credential: names no credential; write { ref: …, scope: … }']],
    ['credential: { ref: }', ['credential: names no credential']],
    ['credential: { ref: 5 }', ['credential.ref: must be text']],
    ['credential: { ref: forge, kind: x }', ['credential.kind: unknown field "kind"; allowed: ref, scope']],
    ['credential: { ref: mail }', ['credential: "mail" is declared with scope system_wide, not per_user']],
    [
      'credential: { ref: forge, scope: system_wide }',
      ['credential.scope: "forge" is declared with scope per_user, not system_wide'],
    ],
    ['credential: { ref: forge, scope: mine }', ['credential.scope: invalid value "mine"']],
    [
      'brain: { provider: acme, credential: { ref: forge, provider: other } }',
      ['brain.credential.provider: is "other", and the provider beside the credential is "acme"'],
    ],
    [
      'brain: { provider: acme, credential: { ref: forge, provider: 5 } }',
      ['brain.credential.provider: must be text'],
    ],
    ['a: { b: [[{ c: { credential: nobody } }]] }', [`a.b[0][0].c.credential: ref "nobody" ${UNKNOWN}`]],
    ['[{ credential: x1 }, { credential: x2 }]', ['[0].credential: ref "x1"', '[1].credential: ref "x2"']],
  ])('%j is told', (text, wanted) => {
    expect(said(text)).toEqual(wanted.map((words) => expect.stringContaining(words)));
  });

  it('says where to declare one, where none is declared', () => {
    expect(said('credential: forge', new Map())).toEqual([
      'credential: ref "forge" is not declared; declared: none; declare it in security.credentials_schema.providers',
    ]);
  });
});
