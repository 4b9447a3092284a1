/** Files to and from the supervisor, in parts that fit into a message. */
import { FILE_PART_BYTES, type Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';

/** Sends a file; answers what the supervisor calls it. */
export async function sendFile(file: Blob): Promise<Result<string>> {
  const begun = await call('beginUpload', { bytes: file.size });
  if (!begun.ok) return begun;
  const { id } = begun.value;
  for (let at = 0; at < file.size; at += FILE_PART_BYTES) {
    const bytes = new Uint8Array(await file.slice(at, at + FILE_PART_BYTES).arrayBuffer());
    const sent = await call('uploadPart', { id, at, base64: toBase64(bytes) });
    bytes.fill(0);
    if (!sent.ok) return sent;
  }
  return { ok: true, value: id };
}

/** Fetches a file that the supervisor offers. */
export async function fetchFile(id: string): Promise<Result<Blob>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; ; at += FILE_PART_BYTES) {
    const part = await call('downloadPart', id, at);
    if (!part.ok) return part;
    parts.push(Uint8Array.from(atob(part.value.base64), (letter) => letter.charCodeAt(0)));
    if (part.value.last) return { ok: true, value: new Blob(parts) };
  }
}

/** Hands a file to the browser, which asks or knows where it goes. */
export function saveFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // Not all at once: a call takes so many arguments only.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
