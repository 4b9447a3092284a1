import { type ReactNode, useId } from 'react';
import { useHold } from './hold.ts';
import { Key } from './key.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'normal' | 'small';
  /** The key that presses it, shown as a cap. */
  readonly keys?: string;
  readonly disabled?: boolean;
  /** Takes no press for a moment, and looks as ever: nothing flickers. */
  readonly dead?: boolean;
  /** Has the focus when it appears. */
  readonly autoFocus?: boolean;
}

/** A button whose words tell its whole consequence. */
export function Button({
  children,
  onClick,
  variant = 'plain',
  size = 'normal',
  keys,
  disabled = false,
  dead = false,
  autoFocus = false,
}: ButtonProps) {
  return (
    <button
      type="button"
      className="btn"
      data-variant={variant}
      data-size={size}
      disabled={disabled}
      aria-disabled={dead ? true : undefined}
      autoFocus={autoFocus}
      onClick={() => {
        if (!dead) onClick();
      }}
      aria-keyshortcuts={keys}
    >
      {children}
      {keys !== undefined && <Key>{keys}</Key>}
    </button>
  );
}

/** A button that acts only when it, or its key, is held: for what cannot be undone. */
export function HoldButton({
  children,
  onHeld,
  keys,
  letters,
  disabled = false,
  dead = false,
}: {
  readonly children: ReactNode;
  readonly onHeld: () => void;
  readonly keys: string;
  /** Its key holds it from anywhere on the page. */
  readonly letters: boolean;
  readonly disabled?: boolean;
  readonly dead?: boolean;
}) {
  const hint = useId();
  const hold = useHold(onHeld, !disabled && !dead, letters ? keys.toLowerCase() : null);
  const holding = hold.left !== null;
  return (
    <button
      type="button"
      className="btn"
      data-variant="hold"
      disabled={disabled}
      aria-disabled={dead ? true : undefined}
      aria-keyshortcuts={keys}
      aria-describedby={hint}
      {...(holding ? { 'data-holding': '' } : {})}
      onPointerDown={(event) => {
        if (event.button === 0) hold.begin();
      }}
      onPointerUp={hold.end}
      onPointerLeave={hold.end}
      onPointerCancel={hold.end}
      onBlur={hold.end}
      onKeyDown={(event) => {
        if ((event.key === 'Enter' || event.key === ' ') && !event.repeat) hold.begin();
      }}
      onKeyUp={hold.end}
    >
      {children}
      <Key>{keys}</Key>
      {hold.left !== null && (
        <span className="held" aria-hidden="true">
          {(Math.ceil(hold.left / 100) / 10).toFixed(1)} s
        </span>
      )}
      <span id={hint} className="vh">
        Hold the key or the button for 0.6 seconds
      </span>
    </button>
  );
}
