/** The tray, its menu and pictures, and notifications of the `electron` module, for electron-stub.ts. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

export class NativeImageStub {
  readonly path: string;
  template = false;
  readonly representations: Electron.AddRepresentationOptions[] = [];

  constructor(path: string) {
    this.path = path;
  }
  addRepresentation(options: Electron.AddRepresentationOptions): void {
    this.representations.push(options);
  }
  setTemplateImage(template: boolean): void {
    this.template = template;
  }
  toPNG(): Buffer {
    return Buffer.from(this.path);
  }
}

export const nativeImage = { createFromPath: (path: string) => new NativeImageStub(path) };

class NativeThemeStub extends EventEmitter {
  shouldUseDarkColorsForSystemIntegratedUI = false;
}

export const nativeTheme = new NativeThemeStub();

export const Menu = {
  buildFromTemplate: (items: Electron.MenuItemConstructorOptions[]) => items,
};

export class Tray extends EventEmitter {
  static readonly all: Tray[] = [];
  /** Why none can be made; null when one can. */
  static broken: string | null = null;
  image: NativeImageStub;
  toolTip = '';
  title: string | null = null;
  menus: Electron.MenuItemConstructorOptions[][] = [];
  destroyed = false;

  constructor(image: NativeImageStub) {
    super();
    if (Tray.broken !== null) throw new Error(Tray.broken);
    this.image = image;
    Tray.all.push(this);
  }
  setImage(image: NativeImageStub): void {
    this.image = image;
  }
  setToolTip(text: string): void {
    this.toolTip = text;
  }
  setTitle(title: string): void {
    this.title = title;
  }
  setContextMenu(menu: Electron.MenuItemConstructorOptions[]): void {
    this.menus.push(menu);
  }
  destroy(): void {
    this.destroyed = true;
  }
}

export class Notification extends EventEmitter {
  static readonly all: Notification[] = [];
  static readonly removed: string[] = [];
  static supported = true;
  static activation: ((details: Electron.ActivationArguments) => void) | null = null;
  static isSupported(): boolean {
    return Notification.supported;
  }
  static remove(id: string): void {
    Notification.removed.push(id);
  }
  static removeGroup(group: string): void {
    Notification.removed.push(`group ${group}`);
  }
  static handleActivation(callback: (details: Electron.ActivationArguments) => void): void {
    Notification.activation = callback;
  }

  readonly options: Electron.NotificationConstructorOptions;
  readonly did: string[] = [];
  constructor(options: Electron.NotificationConstructorOptions) {
    super();
    this.options = options;
    Notification.all.push(this);
  }
  show(): void {
    this.did.push('show');
  }
  close(): void {
    this.did.push('close');
    this.emit('close', {});
  }
}
