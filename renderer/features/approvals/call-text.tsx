/**
 * The exact call: its main part large, what the agent says of it under that as a claim, and every other
 * parameter. Nothing that would run is left out or shortened without a word.
 */
import { type ReactNode, useState } from 'react';
import type { Approval, CommandMark, Param } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { VisibleText, visible } from '../../ui/visible-text.tsx';

const MAIN_LABELS = { command: 'Command', path: 'File', url: 'Address', text: null, json: null } as const;
const LABELS: Readonly<Record<string, string>> = {
  content: 'Content',
  old_string: 'Takes out',
  new_string: 'Puts in',
  prompt: 'Prompt',
  query: 'Looks for',
};
const SIGNS: Readonly<Record<string, '−' | '+'>> = { old_string: '−', new_string: '+', content: '+' };
/** What an agent says its call is for. */
const CLAIM = 'description';
/** Longer text, or text of several lines, gets a block of its own. */
const SHORT = 100;

export function CallText({ approval }: { readonly approval: Approval }) {
  const [main, ...others] = approval.params;
  if (main === undefined) {
    return (
      <section className="sec">
        <h2>Call</h2>
        <p>It has no parameters.</p>
      </section>
    );
  }
  const claim = others.find(({ name, kind }) => name === CLAIM && kind === 'text');
  const rest = others.filter((param) => param !== claim);
  const short = rest.filter(isShort);
  return (
    <section className="sec" aria-label="The exact call">
      <h2>{MAIN_LABELS[main.kind] ?? labelOf(main)}</h2>
      <div className="call">
        <div className="hero">
          <pre tabIndex={0} aria-label={visible(main.name)}>
            <MarkedText text={main.value} marks={main.marks ?? []} />
          </pre>
          <Copy param={main} />
        </div>
        <Cut param={main} />
        <WhatIsMarked marks={main.marks ?? []} />
        {claim !== undefined && (
          <p className="claim">
            <span>
              “<VisibleText text={claim.value} />”
            </span>
            <small>{approval.test ? 'here stand the agent’s words' : 'agent’s words'}</small>
            <Cut param={claim} />
          </p>
        )}
        {rest
          .filter((param) => !isShort(param))
          .map((param) => (
            <LongParam key={param.name} param={param} />
          ))}
        {short.length > 0 && (
          <dl className="params">
            {short.map((param) => (
              <div key={param.name}>
                <dt>{labelOf(param)}</dt>
                <dd>
                  <code>
                    <VisibleText text={param.value} />
                  </code>
                  <Cut param={param} />
                </dd>
              </div>
            ))}
          </dl>
        )}
        <p className="bind">
          <VisibleText text={approval.binding} />
        </p>
      </div>
    </section>
  );
}

/** The whole text. Parts that something speaks against are marked, the others are dim; nothing is left out. */
function MarkedText({
  text,
  marks,
}: {
  readonly text: string;
  readonly marks: readonly CommandMark[];
}): ReactNode {
  if (marks.length === 0) return <VisibleText text={text} />;
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { start, end, undecided, says } of marks) {
    if (start > at) parts.push(<VisibleText key={`b${at}`} text={text.slice(at, start)} />);
    const inner = <VisibleText text={text.slice(start, end)} />;
    parts.push(
      undecided ? (
        <mark key={start} className="open" title={says === null ? undefined : visible(says)}>
          {inner}
        </mark>
      ) : (
        <span key={start} className="settled">
          {inner}
        </span>
      ),
    );
    at = end;
  }
  if (at < text.length) parts.push(<VisibleText key={`b${at}`} text={text.slice(at)} />);
  return parts;
}

/** The same in words: colour alone says nothing. */
function WhatIsMarked({ marks }: { readonly marks: readonly CommandMark[] }): ReactNode {
  const open = marks.filter(({ undecided }) => undecided);
  if (open.length === 0) return null;
  const settled = marks.length - open.length;
  return (
    <ul className="marks">
      {open.map(({ start, says }) => (
        <li key={start}>
          <VisibleText text={says ?? ''} />
        </li>
      ))}
      {settled > 0 && (
        <li className="t-ink3">
          Nothing speaks against {settled === 1 ? 'the other part' : `the other ${settled} parts`}, shown dim.
        </li>
      )}
    </ul>
  );
}

function LongParam({ param }: { readonly param: Param }) {
  const sign = SIGNS[param.name];
  return (
    <div className="long">
      <h3>{labelOf(param)}</h3>
      <pre
        tabIndex={0}
        aria-label={visible(param.name)}
        {...(sign === undefined ? {} : { 'data-sign': sign })}
      >
        {sign === undefined ? (
          <VisibleText text={param.value} />
        ) : (
          <SignedLines text={param.value} sign={sign} />
        )}
      </pre>
      <Cut param={param} />
    </div>
  );
}

/** Lines that come or go, each with its sign. The sign is not part of the text. */
function SignedLines({ text, sign }: { readonly text: string; readonly sign: '−' | '+' }): ReactNode {
  const lines = text.split('\n');
  // The text's last line break ends a line; it does not begin another one.
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place.
    <span key={index} className="ln" data-sign={sign}>
      <VisibleText text={`${line}\n`} />
    </span>
  ));
}

/** Copies the exact text; not offered where not all of it is here. */
function Copy({ param }: { readonly param: Param }) {
  const [said, setSaid] = useState<'Copy' | 'Copied' | 'Not allowed by the browser'>('Copy');
  if (param.truncated) return null;
  const copy = () =>
    navigator.clipboard.writeText(param.value).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed by the browser'),
    );
  return (
    <Button size="small" variant="quiet" onClick={() => void copy()}>
      {said}
    </Button>
  );
}

function Cut({ param }: { readonly param: Param }) {
  if (!param.truncated) return null;
  return <small className="t-stop">{count(param.bytes)} bytes in all; the rest is not shown here.</small>;
}

function labelOf({ name }: Param): string {
  return LABELS[name] ?? visible(name.replaceAll('_', ' '));
}

function isShort({ name, kind, value }: Param): boolean {
  return kind !== 'text' ? value.length <= SHORT && !value.includes('\n') : isOneLine(name, value);
}

function isOneLine(name: string, value: string): boolean {
  return SIGNS[name] === undefined && value.length <= SHORT && !value.includes('\n');
}
