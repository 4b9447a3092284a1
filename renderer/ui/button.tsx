import { type ReactNode, useRef, useState } from 'react';
import { Key } from './key.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'normal' | 'small';
  /** The key that presses it, shown as a cap. */
  readonly keys?: string;
  readonly disabled?: boolean;
}

/** A button whose words tell its whole consequence. */
export function Button({
  children,
  onClick,
  variant = 'plain',
  size = 'normal',
  keys,
  disabled = false,
}: ButtonProps) {
  return (
    <button
      type="button"
      className="btn"
      data-variant={variant}
      data-size={size}
      disabled={disabled}
      onClick={onClick}
      aria-keyshortcuts={keys}
    >
      {children}
      {keys !== undefined && <Key>{keys}</Key>}
    </button>
  );
}

/** How long a hold button must be held, in milliseconds. */
export const HOLD_MS = 600;

/** A button that acts only when it is held: for what cannot be undone. */
export function HoldButton({
  children,
  onHeld,
  keys,
  disabled = false,
}: {
  readonly children: ReactNode;
  readonly onHeld: () => void;
  readonly keys: string;
  readonly disabled?: boolean;
}) {
  const [holding, setHolding] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const end = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    setHolding(false);
  };
  const begin = () => {
    if (disabled || timer.current !== null) return;
    setHolding(true);
    timer.current = setTimeout(() => {
      end();
      onHeld();
    }, HOLD_MS);
  };
  return (
    <button
      type="button"
      className="btn"
      data-variant="hold"
      disabled={disabled}
      aria-keyshortcuts={keys}
      {...(holding ? { 'data-holding': '' } : {})}
      onPointerDown={begin}
      onPointerUp={end}
      onPointerLeave={end}
      onBlur={end}
      onKeyDown={(event) => {
        if ((event.key === 'Enter' || event.key === ' ') && !event.repeat) begin();
      }}
      onKeyUp={end}
    >
      {children}
      <Key>{keys}</Key>
    </button>
  );
}
