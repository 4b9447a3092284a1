import type { ReactNode } from 'react';

/** A line that stays until it is put away or its cause is gone. */
export function Banner({
  tone,
  children,
}: {
  readonly tone: 'plain' | 'wait' | 'stop';
  readonly children: ReactNode;
}) {
  return (
    <div className="banner" data-tone={tone} role={tone === 'stop' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
