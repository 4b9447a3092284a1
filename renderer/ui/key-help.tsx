/** Every key of the page, on `?`. Nothing behind it acts while it is open. */
import { Dialog } from '@base-ui/react/dialog';
import { create } from 'zustand';
import { Button } from './button.tsx';
import { useKeys } from './keys.ts';

const KEYS = [
  [['J', 'K'], 'next, previous request'],
  [['Y'], 'the filled allow; held at high risk'],
  [['O'], 'allow once'],
  [['N'], 'deny once'],
  [['R'], 'deny with a reason'],
  [['S'], 'how far an answer reaches'],
  [['W', 'E'], 'what is remembered, until when'],
  [['X'], 'tick for denying several'],
  [['U'], 'undo, for 10 seconds'],
  [['Esc'], 'leave it undecided, go back'],
  [['/'], 'timeline: filter, vault: find'],
  [['F'], 'timeline: add a filter'],
  [['V'], 'timeline: kept views'],
  [['G'], 'timeline: rows, or by session, prompt, agent'],
  [['T'], 'first screen: send a test request'],
  [['?'], 'these keys'],
] as const;

export const useKeyHelp = create<{ readonly open: boolean; show(open: boolean): void }>()((set) => ({
  open: false,
  show: (open) => set({ open }),
}));

/** Listens for `?` and shows the list. Once in the frame. */
export function KeyHelp({ letters }: { readonly letters: boolean }) {
  const { open, show } = useKeyHelp();
  useKeys({ '?': () => show(true) }, letters);
  return (
    <Dialog.Root open={open} onOpenChange={show}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog" data-size="narrow">
          <Dialog.Title>Keys</Dialog.Title>
          <dl className="keylist">
            {KEYS.map(([keys, words]) => (
              <Entry key={words} keys={keys} words={words} />
            ))}
          </dl>
          <p className="t-12 t-ink3">
            Letters are off while a text field has the focus. They can be switched off in Settings.
          </p>
          <div className="row">
            <Button onClick={() => show(false)} keys="Esc">
              Close
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Entry({ keys, words }: { readonly keys: readonly string[]; readonly words: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <span key={key}>
            <kbd>{key}</kbd>{' '}
          </span>
        ))}
      </dt>
      <dd>{words}</dd>
    </>
  );
}
