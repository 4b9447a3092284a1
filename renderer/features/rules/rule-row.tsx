/** One remembered answer: a line, and under it what it never covers and what can be changed. */
import type { RuleView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { ScopeGlyph } from '../../ui/glyphs.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { untilWords, usedWords, whereWords } from './rule-words.ts';
import { changeRules } from './rules-store.ts';

const ENDS = [
  { seconds: 3600, words: 'in 1 hour' },
  { seconds: 86_400, words: 'in 1 day' },
  { seconds: 30 * 86_400, words: 'in 30 days' },
  { seconds: null, words: 'when I take it back' },
] as const;

export function RuleRow({
  rule,
  now,
  open,
  mayDecide,
  onOpen,
}: {
  readonly rule: RuleView;
  readonly now: number;
  readonly open: boolean;
  readonly mayDecide: boolean;
  readonly onOpen: () => void;
}) {
  const words = visible(rule.sentence);
  return (
    <>
      <tr data-open={open}>
        <th scope="row">
          <button type="button" className="rules-what" aria-expanded={open} onClick={onOpen} title={words}>
            <ScopeGlyph scope={rule.scope} />
            <span className="one">
              <code>{words}</code>
            </span>
          </button>
          {rule.shadowedBy !== null && (
            <small className="t-ink2 one">
              covered by <VisibleText text={rule.shadowedBy.sentence} />
            </small>
          )}
        </th>
        <td>
          <span className="one" title={visible(rule.app?.root ?? '')}>
            <VisibleText text={whereWords(rule)} />
          </span>
          <small className="t-ink3 one">
            {visible(rule.client.name)}
            {rule.sandboxed && ', sandboxed only'}
          </small>
        </td>
        <td>{untilWords(rule, now)}</td>
        <td {...(rule.hits === 0 ? { className: 't-ink3' } : {})}>{usedWords(rule, now)}</td>
        <td>
          <Button size="small" onClick={() => void changeRules('withdrawRules', [rule.id])}>
            Take back
            <span className="vh">: {words}</span>
          </Button>
        </td>
      </tr>
      {open && (
        <tr className="rules-more">
          <td colSpan={5}>
            <p>
              <VisibleText text={rule.sentence} />
            </p>
            <p className="t-ink2">
              Never covers <VisibleText text={rule.never} />.
            </p>
            <p className="t-ink2">
              <code>{rule.action}</code>, made{' '}
              {new Date(rule.madeAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
            </p>
            {!(rule.scope === 'session' && rule.exact) && (
              <div className="row">
                <span className="t-ink2">Let it end</span>
                {ENDS.filter(({ seconds }) => seconds !== null || rule.scope !== 'session').map(
                  ({ seconds, words: label }) => (
                    <Button
                      key={label}
                      size="small"
                      disabled={!mayDecide}
                      onClick={() => void changeRules('endRule', rule.id, seconds)}
                    >
                      {label}
                    </Button>
                  ),
                )}
              </div>
            )}
          </td>
        </tr>
      )}
    </>
  );
}
