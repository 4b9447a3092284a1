/** A rule made of a call on the timeline: what it covers, how far it reaches, until when. The button says all of it. */
import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useState } from 'react';
import type { RowChoices, RuleScope } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { allows, ENDS } from '../approvals/remember-words.ts';

const SCOPES: readonly RuleScope[] = ['session', 'project', 'always'];
const DAY = 86_400;

export function RuleDialog({ seq, onClose }: { readonly seq: number; readonly onClose: () => void }) {
  const api = useApi();
  const presence = useOverview()?.presence ?? null;
  const [found, setFound] = useState<RowChoices | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [scope, setScope] = useState<RuleScope>('project');
  const [wanted, setWanted] = useState<string | null>(null);
  const [forSeconds, setForSeconds] = useState<number | null>(30 * DAY);
  const [made, setMade] = useState<string | null>(null);
  useEffect(() => {
    void api.call('rowChoices', seq).then((answer) => {
      if (answer.ok) setFound(answer.value);
      else setProblem(answer.error.message);
    });
  }, [api, seq]);

  const scopes = SCOPES.filter((one) => found?.live !== false || one !== 'session');
  const choices = (found?.remember.choices ?? []).filter((choice) => allows(choice, scope));
  const choice = choices.find(({ id }) => id === wanted) ?? choices[0] ?? null;
  const none = found?.problem ?? found?.remember.once ?? null;
  const end = scope === 'session' ? 'until its session ends' : endWords(forSeconds);
  const words =
    found === null || choice === null
      ? ''
      : `Allow ${visible(choice.label)} ${scope === 'always' ? 'in every project' : `in ${visible(found.app.name)}`} ${end}`;
  const make = async () => {
    if (choice === null) return;
    const remember = {
      choice: choice.id,
      digest: choice.digest,
      forSeconds: scope === 'session' ? null : forSeconds,
    };
    const answer = await api.call('makeRule', { seq, scope, remember });
    setProblem(answer.ok ? null : answer.error.message);
    if (answer.ok) setMade(`${words}: made. It is on the page Rules, and can be taken back there.`);
  };

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog" data-size="narrow">
          <Dialog.Title>Make a rule from this call</Dialog.Title>
          {found !== null && (
            <p>
              <code>
                <VisibleText text={found.title} />
              </code>
            </p>
          )}
          {found === null && problem === null && <p className="t-ink3">looking…</p>}
          {none !== null && (
            <p className="t-wait">
              <VisibleText text={none} />
            </p>
          )}
          {found !== null && none === null && made === null && (
            <>
              {found.decision === 'allow' && (
                <p className="t-ink2">Such a call is let through already, without a question.</p>
              )}
              <Seg
                name="How far"
                options={scopes.map((one) => ({
                  value: one,
                  label: { session: 'This session', project: 'This project', always: 'Every project' }[one],
                  disabled: !found.remember.choices.some((kind) => allows(kind, one)),
                }))}
                value={scope}
                onChange={setScope}
              />
              <Seg
                name="What"
                options={choices.map(({ id, label }) => ({
                  value: id as string,
                  label: visible(label),
                  disabled: false,
                }))}
                value={choice?.id ?? ''}
                onChange={setWanted}
              />
              {scope !== 'session' && (
                <Seg
                  name="Until when"
                  options={ENDS.map(({ seconds, label }) => ({
                    value: String(seconds),
                    label,
                    disabled: false,
                  }))}
                  value={String(forSeconds)}
                  onChange={(value) => setForSeconds(value === 'null' ? null : Number(value))}
                />
              )}
              {choice !== null && (
                <p className="t-12 t-ink2">
                  It never covers {visible(choice.never)}.
                  {choice.sandboxed && ' It holds in sandboxed sessions only.'}
                </p>
              )}
              {presence?.mayDecide === false && (
                <p className="t-12 t-wait">
                  <VisibleText text={presence.reason ?? ''} />
                </p>
              )}
            </>
          )}
          {made !== null && <p role="status">{made}</p>}
          {problem !== null && (
            <p className="t-stop" role="alert">
              {problem}
            </p>
          )}
          <div className="row">
            {made === null && none === null && choice !== null && (
              <Button variant="primary" disabled={presence?.mayDecide === false} onClick={() => void make()}>
                {words}
              </Button>
            )}
            <Button variant="quiet" onClick={onClose} keys="Esc">
              Close
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function endWords(seconds: number | null): string {
  if (seconds === null) return 'until you take it back';
  const label = ENDS.find((end) => end.seconds === seconds)?.label;
  return label === undefined ? '' : `for ${label}`;
}

function Seg<T extends string>({
  name,
  options,
  value,
  onChange,
}: {
  readonly name: string;
  readonly options: readonly { readonly value: T; readonly label: string; readonly disabled: boolean }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}) {
  return (
    <div className="seg tl-seg" role="radiogroup" aria-label={name}>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={`rule-${name}`}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
