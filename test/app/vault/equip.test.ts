import { expect, it } from 'vitest';
import { Equip, type EquipOptions } from '../../../main/app/vault/equip.ts';

it('sweeping needs no engine while nothing is lent: there is none yet while the app starts', () => {
  const equip = new Equip({
    keeper: { onLock: () => () => undefined },
    engine: () => {
      throw new ReferenceError('there is no engine yet');
    },
  } as unknown as EquipOptions);
  expect(() => equip.sweep()).not.toThrow();
});
