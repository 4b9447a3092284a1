import type { Param } from '../../../preload/contract.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** The parameters as they were, control characters made visible. */
export function ExactCall({ params }: { readonly params: readonly Param[] }) {
  return params.map((param) => (
    <div key={param.name} className="tl-param">
      {params.length > 1 && <small>{param.name}</small>}
      <pre tabIndex={0} aria-label={param.name}>
        <VisibleText text={param.value} />
        {param.truncated && <span className="t-ink3"> … {param.bytes} bytes in all</span>}
      </pre>
    </div>
  ));
}
