/** The fields of a credential, drawn from what its service or type says; checked here and again by who saves. */
import { useId, useState } from 'react';
import type { CredentialField, CredentialKind, Result, SavedCredential } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';

export interface ValueFormProps {
  readonly kind: Pick<CredentialKind, 'fields' | 'more'>;
  readonly submit: string;
  readonly save: (values: Record<string, string>, confirmed: boolean) => Promise<Result<SavedCredential>>;
  readonly onSaved: (id: string) => void;
  readonly onLeft: (() => void) | null;
  /** Something beside the fields is not right yet. */
  readonly blocked?: string | null;
}

export function ValueForm({ kind, submit, save, onSaved, onLeft, blocked = null }: ValueFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [extra, setExtra] = useState('');
  const [report, setReport] = useState<SavedCredential | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const fields = kind.more ? [...kind.fields, ...Object.keys(values).map(secretField)] : kind.fields;
  const isComplete =
    fields.every(({ name, required }) => !required || (values[name] ?? '').trim() !== '') &&
    (fields.length > 0 || !kind.more);
  const send = async (confirmed: boolean) => {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
    const result = await save(given, confirmed);
    setRefused(result.ok ? null : result.error.message);
    setReport(result.ok ? result.value : null);
    if (result.ok && result.value.saved) {
      setValues({});
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
          disabled={!isComplete || blocked !== null}
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
}: {
  readonly field: CredentialField;
  readonly value: string;
  readonly said: string | null;
  readonly onChange: (value: string) => void;
}) {
  const { label, required, placeholder, description, type, options, multiline, prefixes } = field;
  const hidden = type === 'secret' || type === 'connection_string';
  const input = useId();
  const shared = { id: input, value, placeholder, spellCheck: false, autoComplete: 'off' };
  return (
    <div className="field">
      <label htmlFor={input}>{required ? label : `${label}, may be left empty`}</label>
      {type === 'select' ? (
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
      <small className={said === null ? 't-ink3' : 't-stop'}>
        {said ??
          (description !== ''
            ? description
            : prefixes.length > 0
              ? `Begins with ${prefixes.join(' or ')}`
              : '')}
      </small>
    </div>
  );
}

function secretField(name: string): CredentialField {
  return {
    ...{ name, label: name, type: 'secret', required: true, multiline: false },
    ...{ placeholder: '', description: '', options: [], prefixes: [] },
  };
}
