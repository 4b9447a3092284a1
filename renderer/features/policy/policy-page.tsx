/** Policy: the files that decide together, the editor of your own, what a project's would give, and why a call is decided as it is. */
import { useEffect, useRef, useState } from 'react';
import type { PolicyLayerView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { PolicyEditor } from './editor.tsx';
import { ExplainPanel } from './explain-panel.tsx';
import { dropDraft, loadPolicy, save, usePolicy, write } from './policy-store.ts';
import { ReplayPanel } from './replay-panel.tsx';
import { TrustPanel } from './trust-panel.tsx';
import './policy.css';

export function PolicyPage() {
  const { files, problem, open, draft, check, said } = usePolicy();
  const goTo = useRef<((line: number) => void) | null>(null);
  useEffect(() => void loadPolicy(), []);
  if (files === null) return <p className="empty">{problem ?? 'looking…'}</p>;
  const layer = files.layers.find(({ id }) => id === open) ?? files.layers.find(({ id }) => id === 'user');
  if (layer === undefined) return <p className="empty">There is no policy file.</p>;
  const own = layer.layer === 'user';
  const errors = own && draft !== null ? check.errors : layer.errors;
  const first = errors[0];
  return (
    <>
      <header className="head">
        <h1>Policy</h1>
        <p className="grow t-ink2 one">{layer.sentence}</p>
        {own && draft !== null && (
          <>
            <Button variant="quiet" onClick={dropDraft}>
              Drop the draft
            </Button>
            <Button variant="primary" disabled={errors.length > 0} onClick={() => void save()}>
              Save and put in force
            </Button>
          </>
        )}
      </header>
      <div className="policy">
        <section className="policy-file" aria-label={`Policy file ${layer.file}`}>
          <Layers layers={files.layers} open={layer.id} />
          <PolicyEditor
            key={layer.id}
            label={`Policy file ${layer.file}`}
            text={own && draft !== null ? draft.text : layer.text}
            readOnly={!own}
            errors={errors}
            onText={(text) => void (own && write(text))}
            onReady={(ready) => {
              goTo.current = ready;
            }}
          />
          <footer className="policy-foot" role="status">
            {first === undefined ? (
              <span className={said?.ok === false ? 't-stop' : 't-ink2'}>
                {said?.text ??
                  (draft !== null && own
                    ? 'A draft without errors. It is not in force.'
                    : `${layer.file}${own ? '' : ', only shown here'}`)}
              </span>
            ) : (
              <>
                <OutcomeGlyph outcome="refused" />
                <b className="t-stop">
                  {errors.length === 1 ? '1 error' : `${errors.length} errors`}
                  {draft !== null && own && ', not saved'}
                </b>
                <span className="grow one">
                  {first.line}:{first.column} {first.path}
                </span>
                <Button size="small" onClick={() => goTo.current?.(first.line)}>
                  Go to it
                </Button>
              </>
            )}
          </footer>
        </section>
        <aside className="policy-side">
          {layer.layer === 'project' && <TrustPanel layer={layer} said={said} />}
          {own && draft === null && <Presets />}
          {own && <ReplayPanel />}
          <ExplainPanel />
        </aside>
      </div>
    </>
  );
}

function Layers({ layers, open }: { readonly layers: readonly PolicyLayerView[]; readonly open: string }) {
  const name = (layer: PolicyLayerView) =>
    layer.layer === 'managed' ? 'managed' : layer.layer === 'user' ? 'yours' : `${layer.app}/gatehouse.yaml`;
  return (
    <nav className="policy-layers" aria-label="Policy files">
      {layers.map((layer) => (
        <button
          type="button"
          key={layer.id}
          title={layer.file}
          aria-pressed={layer.id === open}
          onClick={() => usePolicy.setState({ open: layer.id, said: null })}
        >
          {name(layer)}
          {layer.state === 'broken' && <span className="t-stop"> has errors</span>}
          {layer.layer === 'project' && layer.state === 'in_force' && (
            <span className="t-ink2">{layer.trusted ? ' trusted' : ' only tightens'}</span>
          )}
        </button>
      ))}
      <span className="grow" />
      <span className="t-ink2">a deny in any of them wins</span>
    </nav>
  );
}

function Presets() {
  const presets = usePolicy((state) => state.files?.presets ?? []);
  const [name, setName] = useState('');
  const chosen = presets.find((preset) => preset.name === name);
  return (
    <section aria-label="Presets">
      <h2>Begin from a preset</h2>
      <div className="row">
        <label className="field grow">
          <span className="vh">Preset</span>
          <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
            <option value="">choose…</option>
            {presets.map((preset) => (
              <option key={preset.name}>{preset.name}</option>
            ))}
          </select>
        </label>
        <Button disabled={chosen === undefined} onClick={() => void (chosen && write(chosen.text))}>
          Take it as a draft
        </Button>
      </div>
      {chosen !== undefined && <p className="t-ink2">{summary(chosen.text)}</p>}
    </section>
  );
}

/** What a preset says of itself: the comment at its head. */
function summary(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(0, end < 0 ? 0 : end)
    .map((line) => line.replace(/^#\s?/, ''))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}
