#!/usr/bin/env node
// Checks a file made by `gatehouse audit export --format jsonl`, with nothing but Node.
//
//   node verify-export.mjs FILE [ROOT_KEY]
//
// ROOT_KEY is the log's first public key (`gatehouse audit verify --json` prints it as rootKey). Without it the file is
// held to whatever key it names itself, which proves only that it is whole.
//
// What is checked: every row's hash over its content and the row before it; removed runs only where a later
// `log.pruned` row tells of them with the right digest; every signed record and that keys hand over to one another;
// that each signed record of a row in this file names the hash that the row has.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [, , file, rootKey] = process.argv;
if (file === undefined) fail('usage: node verify-export.mjs FILE [ROOT_KEY]');
const [first, ...lines] = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
if (first?.format !== 'gatehouse-audit-export-v1') fail('this is not an export of a Gatehouse log');

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
// RFC 8785: keys sorted by UTF-16 code units, numbers and strings as JSON.stringify writes them.
const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical).join(',')}]`
  : value === null || typeof value !== 'object' ? JSON.stringify(value)
  : `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
const framed = (domain, text) => `${domain}\n${Buffer.byteLength(text)}\n${text}`;

let seq = first.from;
let prev = first.prevHash;
const hashes = new Map([[seq - 1, prev]]);
const removed = new Map();
const told = new Map();
let rows = 0;
for (const line of lines) {
  if (line.removed !== undefined) {
    const { first: start, last, prevHash, lastHash, pruning } = line.removed;
    if (start !== seq || prevHash !== prev) fail(`rows ${start} to ${last}: their removal does not fit`);
    removed.set(pruning, [...(removed.get(pruning) ?? []), [start, last, prevHash, lastHash]]);
    hashes.set(last, (prev = lastHash));
    seq = last + 1;
    continue;
  }
  const { hash, ...body } = line;
  if (body.seq !== seq) fail(`row ${seq} is not there`);
  if (body.prevHash !== prev) fail(`row ${seq} does not follow the row before it`);
  if (sha256(framed('gatehouse-audit-row-v1', canonical(body))) !== hash) fail(`row ${seq} was edited`);
  if (body.event.type === 'log.pruned') told.set(body.event.id, body.event.digest);
  hashes.set(seq, (prev = hash));
  seq += 1;
  rows += 1;
}
if (seq !== first.to + 1) fail(`the file ends before row ${first.to}`);
const untold = [];
for (const [pruning, runs] of removed) {
  // A removal may reach beyond this range, or be told of after it: then it cannot be held to its digest here, and is named.
  if (sha256(framed('gatehouse-audit-pruned-v1', canonical(runs))) === told.get(pruning)) continue;
  if (!told.has(pruning) || first.from > 1) untold.push(...runs.map(([start, last]) => `${start}-${last}`));
  else fail(`the removal of rows ${runs[0][0]} to ${runs.at(-1)[1]} is not as it was recorded`);
}

let key = null;
let record = sha256('gatehouse-audit-records-v1\n', first.log);
let spine = record;
let signedTo = 0;
for (const text of first.records) {
  const { sig, ...body } = JSON.parse(text);
  if (body.log !== first.log) fail('a signed record is of another log');
  if (key === null && rootKey !== undefined && body.key !== rootKey) fail('signed with another first key than the one given');
  if (key !== null && body.key !== key) fail(`record ${body.day}.${body.i} is signed with a key that nobody handed over to`);
  if (body.prev !== (body.kind === 'checkpoint' ? record : spine)) fail(`record ${body.day}.${body.i} does not follow`);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(body.key, 'base64url')]);
  const signer = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  if (!verify(null, Buffer.from(framed('gatehouse-audit-sign-v1', canonical(body))), signer, Buffer.from(sig, 'base64url')))
    fail(`record ${body.day}.${body.i} does not match its signature`);
  record = sha256(framed('gatehouse-audit-record-v1', text));
  if (body.kind !== 'checkpoint') spine = record;
  key = body.kind === 'key' ? body.next : body.key;
  if (body.seq === undefined || body.seq < first.from || body.seq > first.to) continue;
  if (hashes.has(body.seq) && hashes.get(body.seq) !== body.head) fail(`row ${body.seq} is not the one that was signed`);
  signedTo = Math.max(signedTo, body.seq);
}
if (key === null && rootKey !== undefined) fail('no record in it is signed');
console.log(`Intact: rows ${first.from} to ${first.to}, ${rows} of them here, signed up to row ${signedTo}.`);
if (rootKey === undefined) console.log(`Held only to the first key it names itself: ${key === null ? 'none' : JSON.parse(first.records[0]).key}. Compare it, or give ROOT_KEY.`);
if (untold.length > 0) console.log(`Removed, and not told of in this range, or otherwise: rows ${untold.join(', ')}.`);

function fail(why) {
  console.error(`not intact: ${why}`);
  process.exit(1);
}
