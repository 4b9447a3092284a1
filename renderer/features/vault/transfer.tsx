/** The vault as one encrypted file, and others taken in from one. */
import { useState } from 'react';
import type { ImportReport } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { passphraseProblem, Secret } from './secret-field.tsx';
import { fetchFile, saveFile, sendFile } from './send-file.ts';

export function ExportVault({ total, onLeft }: { readonly total: number; readonly onLeft: () => void }) {
  const [first, setFirst] = useState('');
  const [again, setAgain] = useState('');
  const [pin, setPin] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const problem = passphraseProblem(first, again) ?? (pin === '' ? 'the PIN is needed too' : null);
  const take = async () => {
    setBusy(true);
    setRefused(await exported(pin, first, setDone));
    setBusy(false);
    setPin('');
  };
  if (done !== null)
    return (
      <section className="vault-detail" aria-label="Export the vault">
        <h2 className="vault-title">Exported</h2>
        <div className="vault-form">
          <p role="status">{done}</p>
          <Button onClick={onLeft} autoFocus>
            Done
          </Button>
        </div>
      </section>
    );
  return (
    <section className="vault-detail" aria-label="Export the vault">
      <h2 className="vault-title">Export the vault</h2>
      <form
        className="vault-form"
        aria-label="Export"
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <p className="t-ink2">
          {plural(total, 'credential')} in one file, encrypted under a passphrase of its own. Whoever has both
          has every value.
        </p>
        <Secret label="Passphrase for the file" value={first} onChange={setFirst} focus />
        <Secret label="Again" value={again} onChange={setAgain} />
        <Secret label="PIN" value={pin} onChange={setPin} />
        <div className="row">
          <button type="submit" className="btn" data-variant="primary" disabled={busy || problem !== null}>
            Export {plural(total, 'credential')}
          </button>
          <Button variant="quiet" onClick={onLeft}>
            Leave it
          </Button>
        </div>
        <p role="status" className={refused === null ? 't-12 t-ink2' : 't-stop'}>
          {busy ? 'sealing…' : (refused ?? (first === '' ? '' : (problem ?? '')))}
        </p>
      </form>
    </section>
  );
}

/** Null when it was done; otherwise why it was not. */
async function exported(
  pin: string,
  passphrase: string,
  onDone: (text: string) => void,
): Promise<string | null> {
  const sealed = await call('exportVault', { pin, passphrase });
  if (!sealed.ok) return sealed.error.message;
  const { count, name, saved, download } = sealed.value;
  const what = plural(count, 'credential');
  if (download !== null) {
    const file = await fetchFile(download.id);
    if (!file.ok) return file.error.message;
    saveFile(name, file.value);
  }
  onDone(saved === null ? `${what} went to your downloads as ${name}.` : `${what} are in ${saved}.`);
  return null;
}

interface Chosen {
  readonly file: File;
  /** An exported vault begins with a brace, a `.env` file never does. */
  readonly sealed: boolean;
}

export function ImportVault({ onLeft }: { readonly onLeft: () => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [upload, setUpload] = useState<string | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const [replace, setReplace] = useState(false);
  const [seen, setSeen] = useState<ImportReport | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const ask = async (plan: string | null) => {
    if (chosen === null) return;
    setBusy(true);
    const sent = upload === null ? await sendFile(chosen.file) : ({ ok: true, value: upload } as const);
    const result = sent.ok
      ? await call('importVault', {
          ...{ upload: sent.value, name: chosen.file.name.slice(0, 200), replace, plan },
          passphrase: chosen.sealed ? passphrase : null,
        })
      : sent;
    setBusy(false);
    setUpload(sent.ok && (result.ok || result.error.code !== 'not_found') ? sent.value : null);
    setRefused(result.ok ? null : result.error.message);
    // What was seen holds no longer when it could not be carried out.
    setSeen(result.ok ? result.value : null);
    if (result.ok && result.value.done) setPassphrase('');
  };
  const waits = chosen === null || (chosen.sealed && passphrase === '');
  const incoming = seen === null ? 0 : seen.added.count + seen.replaced.count;
  return (
    <section className="vault-detail" aria-label="Import credentials">
      <h2 className="vault-title">{seen?.done === true ? 'Imported' : 'Import credentials'}</h2>
      <form
        className="vault-form"
        aria-label="Import"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(seen === null ? null : seen.plan);
        }}
      >
        {seen?.done !== true && (
          <>
            <p className="t-ink2">
              A vault that Gatehouse exported, or a .env file. Nothing is changed before you have seen what
              would come in.
            </p>
            <label className="field">
              File
              <input
                type="file"
                onChange={(event) => {
                  const file = event.currentTarget.files?.[0] ?? null;
                  setSeen(null);
                  setUpload(null);
                  setRefused(null);
                  if (file === null) setChosen(null);
                  else
                    void file
                      .slice(0, 1)
                      .text()
                      .then((begin) => setChosen({ file, sealed: begin === '{' }));
                }}
              />
            </label>
            {chosen?.sealed === true && (
              <Secret
                label="Passphrase of the file"
                value={passphrase}
                onChange={(value) => {
                  setPassphrase(value);
                  setSeen(null);
                }}
              />
            )}
            <label className="vault-check">
              <input
                type="checkbox"
                checked={replace}
                onChange={(event) => {
                  setReplace(event.currentTarget.checked);
                  setSeen(null);
                }}
              />
              Replace what is here under the same name: the values that are here now are destroyed
            </label>
          </>
        )}
        {seen !== null && <Outcome report={seen} />}
        <div className="row">
          {seen?.done === true ? (
            <Button onClick={onLeft} autoFocus>
              Done
            </Button>
          ) : (
            <>
              <button
                type="submit"
                className="btn"
                data-variant="primary"
                disabled={busy || waits || (seen !== null && incoming === 0)}
              >
                {seen === null ? 'See what would come in' : `Take ${plural(incoming, 'credential')} in`}
              </button>
              <Button variant="quiet" onClick={onLeft}>
                Leave it
              </Button>
            </>
          )}
        </div>
        <p role="status" className={refused === null ? 't-12 t-ink2' : 't-stop'}>
          {busy ? 'reading the file…' : (refused ?? '')}
        </p>
      </form>
    </section>
  );
}

function Outcome({ report: { done, added, replaced, kept } }: { readonly report: ImportReport }) {
  const parts = [
    [done ? 'Added' : 'Would be added', added],
    [done ? 'Replaced' : 'Would be replaced', replaced],
    ['Here already, left as it is', kept],
  ] as const;
  return (
    <dl className="vault-outcome" aria-label={done ? 'What came in' : 'What would come in'}>
      {parts.map(([word, { count, names }]) => (
        <div key={word}>
          <dt>
            {word}: {count}
          </dt>
          {names.length > 0 && (
            <dd>
              <VisibleText text={names.join(', ')} />
              {count > names.length && ` and ${count - names.length} more`}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
