import { useState } from 'react';

/** One line of words for the agent, and the button that denies with them. */
export function ReasonForm({
  told,
  button,
  off,
  onDeny,
  onLeave,
}: {
  /** Who is told: `What Claude Code is told`. */
  readonly told: string;
  readonly button: string;
  readonly off: boolean;
  readonly onDeny: (reason: string | null) => void;
  readonly onLeave: () => void;
}) {
  const [reason, setReason] = useState('');
  return (
    <form
      className="acts why"
      onSubmit={(event) => {
        event.preventDefault();
        onDeny(reason.trim() === '' ? null : reason);
      }}
    >
      <label className="field grow">
        {told}
        <input
          autoFocus
          autoComplete="off"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onLeave();
          }}
        />
      </label>
      <button type="submit" className="btn" disabled={off}>
        {button}
      </button>
    </form>
  );
}
