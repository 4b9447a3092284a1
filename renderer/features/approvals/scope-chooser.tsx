/** How far an answer reaches. The narrowest is chosen on every new request; an impossible choice stays, struck. */
import type { RefObject } from 'react';
import type { Approval, ScopeChoice } from '../../../preload/contract.ts';
import { ScopeGlyph } from '../../ui/glyphs.tsx';
import { visible } from '../../ui/visible-text.tsx';

export type Scope = ScopeChoice['scope'];

const MEANINGS = {
  once: 'Once lets exactly this call through. Nothing is remembered.',
  session:
    'The same call, byte for byte, passes without a question until the session ends. Undo takes it back for 10 s.',
} as const;

export function ScopeChooser({
  approval,
  scope,
  onScope,
  groupRef,
}: {
  readonly approval: Approval;
  readonly scope: Scope;
  readonly onScope: (scope: Scope) => void;
  readonly groupRef: RefObject<HTMLDivElement | null>;
}) {
  const why = approval.scopes.find((choice) => choice.unavailable !== null)?.unavailable;
  return (
    <section className="sec" aria-label="Remember">
      <h2>Remember</h2>
      <div>
        <div className="seg" role="radiogroup" aria-label="How long" ref={groupRef}>
          {approval.scopes.map((choice) => (
            <label key={choice.scope} title={visible(choice.unavailable ?? choice.button)}>
              <input
                type="radio"
                name={`scope-${approval.id}`}
                checked={choice.scope === scope}
                disabled={choice.unavailable !== null}
                onChange={() => onScope(choice.scope)}
              />
              <ScopeGlyph scope={choice.scope} />
              {visible(choice.label)}
            </label>
          ))}
        </div>
        <p className="bind">
          {MEANINGS[scope]} {visible(why ?? '')}
        </p>
      </div>
    </section>
  );
}
