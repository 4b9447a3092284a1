/** While a secret is to be read, the window is kept out of pictures of the screen, where it is one of ours. */
import { useEffect } from 'react';
import { call } from './api.ts';

/** How many secrets are shown now. */
let shown = 0;

/** To be waited for before a secret is put on the page. A browser's tab cannot do it, which is no fault. */
export async function hideFromPictures(): Promise<void> {
  await call('windowAct', { kind: 'secret', shown: true });
}

export function useSecretShown(isShown: boolean): void {
  useEffect(() => {
    if (!isShown) return;
    shown += 1;
    if (shown === 1) void hideFromPictures();
    return () => {
      shown -= 1;
      if (shown === 0) void call('windowAct', { kind: 'secret', shown: false });
    };
  }, [isShown]);
}
