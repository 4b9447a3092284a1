/**
 * The tray's menu as `com.canonical.dbusmenu`.
 *
 * A number stands for the same entry for as long as there is one, and is never given to another: a press on a menu
 * that was drawn a moment ago does what it said, or nothing.
 */
import { type DefinedInterface, defineInterface, Variant } from 'dbus-native';
import type { TrayAction, TrayItem } from '../../app/desktop-port.ts';

export const MENU_INTERFACE = 'com.canonical.dbusmenu';
const ROOT = 0;
/** Nobody nests deeper. */
const DEEPEST = 8;

interface Entry {
  readonly id: number;
  readonly properties: Readonly<Record<string, Variant>>;
  readonly children: readonly Entry[];
  readonly action: TrayAction | null;
}

type Layout = readonly [number, Readonly<Record<string, Variant>>, readonly Variant[]];

export class BusMenu {
  readonly served: DefinedInterface;
  readonly #onAction: (action: TrayAction) => void;
  #ids = new Map<string, number>();
  #lastId = 0;
  #revision = 1;
  #root: Entry = { id: ROOT, properties: {}, children: [], action: null };
  #byId = new Map<number, Entry>();

  constructor(onAction: (action: TrayAction) => void) {
    this.#onAction = onAction;
    this.served = defineInterface({
      name: MENU_INTERFACE,
      properties: {
        Version: { type: 'u', access: 'read', value: 3 },
        TextDirection: { type: 's', access: 'read', value: 'ltr' },
        Status: { type: 's', access: 'read', value: 'normal' },
        IconThemePath: { type: 'as', access: 'read', value: [] },
      },
      methods: {
        GetLayout: {
          in: { parent: 'i', depth: 'i', names: 'as' },
          out: { revision: 'u', layout: '(ia{sv}av)' },
          handler: ({ parent, depth }: { parent: number; depth: number }) => ({
            revision: this.#revision,
            layout: layoutOf(this.#byId.get(parent) ?? this.#root, depth < 0 ? DEEPEST : depth),
          }),
        },
        GetGroupProperties: {
          in: { ids: 'ai', names: 'as' },
          out: { properties: 'a(ia{sv})' },
          handler: ({ ids }: { ids: readonly number[] }) =>
            (ids.length === 0 ? [...this.#byId.keys()] : ids).flatMap((id) => {
              const entry = this.#byId.get(id);
              return entry === undefined ? [] : [[id, entry.properties]];
            }),
        },
        GetProperty: {
          in: { id: 'i', name: 's' },
          out: { value: 'v' },
          handler: ({ id, name }: { id: number; name: string }) => {
            const properties = this.#byId.get(id)?.properties ?? {};
            return Object.hasOwn(properties, name) ? properties[name] : new Variant('s', '');
          },
        },
        Event: {
          in: { id: 'i', event: 's', data: 'v', timestamp: 'u' },
          handler: ({ id, event }: { id: number; event: string }) => this.#event(id, event),
        },
        EventGroup: {
          in: { events: 'a(isvu)' },
          out: { unknown: 'ai' },
          handler: ({ events }: { events: readonly (readonly [number, string])[] }) => {
            for (const [id, event] of events) this.#event(id, event);
            return events.map(([id]) => id).filter((id) => !this.#byId.has(id));
          },
        },
        AboutToShow: { in: { id: 'i' }, out: { changed: 'b' }, handler: () => false },
        AboutToShowGroup: {
          in: { ids: 'ai' },
          out: { changed: 'ai', unknown: 'ai' },
          handler: ({ ids }: { ids: readonly number[] }) => ({
            changed: [],
            unknown: ids.filter((id) => !this.#byId.has(id)),
          }),
        },
      },
    });
  }

  /** The number of the layout; another one after every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes the entries over. Answers whether anything is another than before. */
  set(items: readonly TrayItem[]): boolean {
    const ids = new Map<string, number>();
    const byId = new Map<number, Entry>();
    const build = (item: TrayItem, place: string): Entry => {
      const name = item.kind === 'action' ? JSON.stringify(item.action) : `${item.kind} ${place}`;
      let key = name;
      for (let again = 1; ids.has(key); again += 1) key = `${name} ${again}`;
      const id = this.#ids.get(key) ?? ++this.#lastId;
      ids.set(key, id);
      const entry: Entry = {
        id,
        properties: propertiesOf(item),
        children:
          item.kind === 'submenu' ? item.items.map((child, at) => build(child, `${place}.${at}`)) : [],
        action: item.kind === 'action' ? item.action : null,
      };
      byId.set(id, entry);
      return entry;
    };
    const root: Entry = {
      id: ROOT,
      properties: { 'children-display': new Variant('s', 'submenu') },
      children: items.map((item, at) => build(item, String(at))),
      action: null,
    };
    byId.set(ROOT, root);
    const changed = JSON.stringify(root) !== JSON.stringify(this.#root);
    this.#ids = ids;
    this.#byId = byId;
    this.#root = root;
    if (changed) this.#revision += 1;
    return changed;
  }

  #event(id: number, event: string): void {
    if (event !== 'clicked') return;
    const action = this.#byId.get(id)?.action ?? null;
    if (action !== null) this.#onAction(action);
  }
}

function propertiesOf(item: TrayItem): Readonly<Record<string, Variant>> {
  switch (item.kind) {
    case 'separator':
      return { type: new Variant('s', 'separator') };
    case 'label':
      return { label: text(item.text), enabled: new Variant('b', false) };
    case 'action':
      return { label: text(item.text), enabled: new Variant('b', true) };
    case 'submenu':
      return {
        label: text(item.text),
        enabled: new Variant('b', true),
        'children-display': new Variant('s', 'submenu'),
      };
  }
}

/** An underscore would mark a letter. */
function text(plain: string): Variant {
  return new Variant('s', plain.replaceAll('_', '__'));
}

function layoutOf(entry: Entry, depth: number): Layout {
  const children =
    depth <= 0 ? [] : entry.children.map((child) => new Variant('(ia{sv}av)', layoutOf(child, depth - 1)));
  return [entry.id, entry.properties, children];
}
