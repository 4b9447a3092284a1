import { Menu } from '@base-ui/react/menu';
import { Key } from '../../ui/key.tsx';
import type { Term } from './filter.ts';
import type { FilterOffer } from './filter-offers.ts';

export interface AddFilterProps {
  readonly offers: readonly FilterOffer[];
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onAdd: (term: Term) => void;
}

/** The menu of everything a filter can be made of. */
export function AddFilter({ offers, open, onOpen, onAdd }: AddFilterProps) {
  return (
    <Menu.Root open={open} onOpenChange={onOpen}>
      <Menu.Trigger className="btn" data-variant="quiet" data-size="small">
        Add filter <Key>F</Key>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {offers.map((offer) => (
              <Menu.Group key={offer.label}>
                <Menu.GroupLabel className="menu-label">{offer.label}</Menu.GroupLabel>
                {offer.choices.map((choice) => (
                  <Menu.Item key={choice.label} className="menu-item" onClick={() => onAdd(choice.term)}>
                    {choice.label}
                  </Menu.Item>
                ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
