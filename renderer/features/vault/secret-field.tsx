/** A field for what nobody may read over a shoulder, and what a new passphrase must be like. */

const MIN_LENGTH = 10;

export function Secret({
  label,
  value,
  onChange,
  focus = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly focus?: boolean;
}) {
  return (
    <label className="field">
      {label}
      <input
        type="password"
        autoComplete="off"
        autoFocus={focus}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

/** Why a new passphrase, typed twice, cannot be one; null when it can. */
export function passphraseProblem(first: string, again: string): string | null {
  if ([...first].length < MIN_LENGTH) return `${MIN_LENGTH} characters or more`;
  return first === again ? null : 'the two are not the same';
}
