/** The log's own rows about a call: number, type, digest, and the exact JSON, folded. */
import { useState } from 'react';
import type { TimelineDetail } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { fullTime } from './row-words.ts';

type LogRecord = TimelineDetail['records'][number];

export function Records({ records }: { readonly records: readonly LogRecord[] }) {
  if (records.length === 0) return null;
  return (
    <section aria-label="Log records">
      <h3>
        {records.length === 1 ? 'One record in the log' : `${count(records.length)} records in the log`}
      </h3>
      <div className="tl-records">
        {records.map((record) => (
          <RecordRow key={record.seq} record={record} />
        ))}
      </div>
    </section>
  );
}

function RecordRow({ record }: { readonly record: LogRecord }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  function copy(): void {
    navigator.clipboard.writeText(record.json).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    );
  }
  return (
    <details className="tl-record">
      <summary title={fullTime(record.at)}>
        <span>
          {count(record.seq)} {record.type}
        </span>
        <code>{shortHash(record.hash)}</code>
      </summary>
      <pre tabIndex={0} aria-label={`Record ${record.seq} as JSON`}>
        <VisibleText text={pretty(record.json)} />
      </pre>
      <dl className="tl-facts">
        <div className="tl-fact">
          <dt>Written</dt>
          <dd>{fullTime(record.at)}</dd>
        </div>
        <div className="tl-fact">
          <dt>Hash</dt>
          <dd>
            <code>{record.hash}</code>
          </dd>
        </div>
      </dl>
      <div className="tl-actions">
        <Button size="small" onClick={copy}>
          Copy row as JSON
        </Button>
        <span className="t-12 t-ink3" role="status">
          {copied === 'yes'
            ? 'Copied, exactly as it is chained.'
            : copied === 'failed'
              ? 'The browser did not allow it: select the text above.'
              : ''}
        </span>
      </div>
    </details>
  );
}

/** For reading only: what is copied is the exact text. */
function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function shortHash(hash: string): string {
  return hash.length <= 12 ? hash : `${hash.slice(0, 4)} ${hash.slice(4, 8)} … ${hash.slice(-4)}`;
}
