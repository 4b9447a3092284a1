import type { ReactNode } from 'react';

/** A key cap. */
export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd aria-hidden="true">{children}</kbd>;
}
