/** The fields of a credential, drawn from what its service or type says; checked here and again by who saves. */
import { useId, useState } from 'react';
import {
  type CredentialField,
  type CredentialKind,
  type Result,
  type SavedCredential,
  VALUE_FILE_BYTES,
} from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { sendFile } from './send-file.ts';

export interface ValueFormProps {
  readonly kind: Pick<CredentialKind, 'fields' | 'more'>;
  readonly submit: string;
  /** @param files  what the supervisor calls the files that were chosen, by field */
  readonly save: (
    values: Record<string, string>,
    confirmed: boolean,
    files: Record<string, string>,
  ) => Promise<Result<SavedCredential>>;
  readonly onSaved: (id: string) => void;
  readonly onLeft: (() => void) | null;
  /** Something beside the fields is not right yet. */
  readonly blocked?: string | null;
}

export function ValueForm({ kind, submit, save, onSaved, onLeft, blocked = null }: ValueFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [files, setFiles] = useState<Record<string, File>>({});
  const [busy, setBusy] = useState(false);
  const [extra, setExtra] = useState('');
  const [report, setReport] = useState<SavedCredential | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const fields = kind.more ? [...kind.fields, ...Object.keys(values).map(secretField)] : kind.fields;
  const isComplete =
    fields.every(
      ({ name, required }) => !required || (values[name] ?? '').trim() !== '' || files[name] !== undefined,
    ) &&
    Object.values(files).every(({ size }) => size <= VALUE_FILE_BYTES) &&
    (fields.length > 0 || !kind.more);
  const send = async (confirmed: boolean) => {
    setBusy(true);
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
    const sent = await sendAll(files);
    const result = sent.ok ? await save(given, confirmed, sent.value) : sent;
    setBusy(false);
    setRefused(result.ok ? null : result.error.message);
    setReport(result.ok ? result.value : null);
    if (result.ok && result.value.saved) {
      setValues({});
      setFiles({});
      onSaved(result.value.id ?? '');
    }
  };
  const odd = report !== null && !report.saved && report.problems.length === 0;
  return (
    <form
      className="vault-form"
      aria-label="Values"
      onSubmit={(event) => {
        event.preventDefault();
        void send(false);
      }}
    >
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          field={field}
          value={values[field.name] ?? ''}
          said={
            [...(report?.problems ?? []), ...(report?.warnings ?? [])].find((one) => one.field === field.name)
              ?.text ?? null
          }
          onChange={(value) => {
            setValues({ ...values, [field.name]: value });
            setReport(null);
          }}
          onFile={(file) => {
            const { [field.name]: _before, ...others } = files;
            setFiles(file === null ? others : { ...others, [field.name]: file });
            setReport(null);
          }}
        />
      ))}
      {kind.more && (
        <div className="row">
          <label className="field">
            Name of a field
            <input
              autoComplete="off"
              spellCheck={false}
              value={extra}
              onChange={(event) => setExtra(event.currentTarget.value)}
            />
          </label>
          <Button
            size="small"
            disabled={!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(extra) || extra in values}
            onClick={() => {
              setValues({ ...values, [extra]: '' });
              setExtra('');
            }}
          >
            Add the field
          </Button>
        </div>
      )}
      <div className="row">
        <button
          type="submit"
          className="btn"
          data-variant="primary"
          disabled={!isComplete || busy || blocked !== null}
        >
          {submit}
        </button>
        {odd && <Button onClick={() => void send(true)}>It is right, save it</Button>}
        {onLeft !== null && (
          <Button variant="quiet" onClick={onLeft}>
            Leave it
          </Button>
        )}
      </div>
      <p role="status" className={refused === null ? 't-12 t-ink2' : 't-stop'}>
        {refused ?? report?.problems.find(({ field }) => field === '')?.text ?? blocked ?? ''}
      </p>
    </form>
  );
}

function FieldRow({
  field,
  value,
  said,
  onChange,
  onFile,
}: {
  readonly field: CredentialField;
  readonly value: string;
  readonly said: string | null;
  readonly onChange: (value: string) => void;
  readonly onFile: (file: File | null) => void;
}) {
  const [tooLong, setTooLong] = useState(false);
  const { label, required, placeholder, type, options, multiline } = field;
  const hidden = type === 'secret' || type === 'connection_string';
  const input = useId();
  const shared = { id: input, value, placeholder, spellCheck: false, autoComplete: 'off' };
  return (
    <div className="field">
      <label htmlFor={input}>{required ? label : `${label}, may be left empty`}</label>
      {type === 'file' ? (
        <input
          id={input}
          type="file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0] ?? null;
            setTooLong((file?.size ?? 0) > VALUE_FILE_BYTES);
            onFile(file);
          }}
        />
      ) : type === 'select' ? (
        <select id={input} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">–</option>
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : multiline ? (
        <textarea
          rows={6}
          className="vault-hidden"
          {...shared}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <input
          type={hidden ? 'password' : 'text'}
          {...shared}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <small className={said === null && !tooLong ? 't-ink3' : 't-stop'}>
        {said ?? (tooLong ? 'is longer than 10 MiB' : hintOf(field))}
      </small>
    </div>
  );
}

/** What stands below a field before anything is wrong with it. */
function hintOf({ type, description, prefixes }: CredentialField): string {
  if (description !== '') return description;
  if (type === 'file') return 'At most 10 MiB. It is sealed as it is.';
  return prefixes.length === 0 ? '' : `Begins with ${prefixes.join(' or ')}`;
}

/** Sends the files that were chosen, one after the other. */
async function sendAll(files: Record<string, File>): Promise<Result<Record<string, string>>> {
  const ids: Record<string, string> = {};
  for (const [field, file] of Object.entries(files)) {
    const sent = await sendFile(file);
    if (!sent.ok) return sent;
    ids[field] = sent.value;
  }
  return { ok: true, value: ids };
}

function secretField(name: string): CredentialField {
  return {
    ...{ name, label: name, type: 'secret', required: true, multiline: false },
    ...{ placeholder: '', description: '', options: [], prefixes: [] },
  };
}
