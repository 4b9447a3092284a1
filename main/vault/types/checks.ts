/** The checks that fields name. Each answers what is wrong, without the value in it, or null. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { FieldCheck } from './type-spec.ts';

export interface CheckedValue {
  readonly value: Buffer;
  readonly problem: string | null;
  readonly warning: string | null;
}

export function checkOf(check: FieldCheck, text: string): string | null {
  switch (check) {
    case 'no_colon':
      return text.includes(':') ? 'must not hold a colon' : null;
    case 'connection_string':
      return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) || /^[^=;]+=[^;]*(?:;[^=;]+=[^;]*)*;?$/.test(text)
        ? null
        : 'is no connection string: expected scheme://… or key=value;…';
    case 'port':
      return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? null : 'is no port';
    case 'aws_key_id':
      return /^(?:AKIA|ASIA)[A-Z2-7]{16}$/.test(text)
        ? null
        : 'is no access key ID: AKIA… or ASIA…, 20 characters';
    case 'aws_secret':
      return /^[A-Za-z0-9/+=]{40}$/.test(text) ? null : 'is no secret access key: 40 characters';
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? null : 'is no UUID';
    case 'service_account':
      return serviceAccount(text);
    case 'pem_private_key':
      return privateKey(text);
    case 'pem_certificate':
      return certificate(text);
  }
}

function serviceAccount(text: string): string | null {
  try {
    const value = JSON.parse(text) as unknown;
    const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    const has = (name: string) => typeof fields[name] === 'string' && fields[name] !== '';
    return fields['type'] === 'service_account' && has('private_key') && has('client_email')
      ? null
      : 'is no service account key: type, private_key and client_email are needed';
  } catch {
    return 'is no JSON';
  }
}

function privateKey(text: string): string | null {
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----\s/.test(text) || !/-----END [A-Z ]*PRIVATE KEY-----$/.test(text))
    return 'is no private key in PEM form';
  // OpenSSH's own form and keys with a passphrase are not read further.
  if (/BEGIN (?:OPENSSH|ENCRYPTED) |Proc-Type: 4,ENCRYPTED/.test(text)) return null;
  try {
    createPrivateKey(text);
    return null;
  } catch {
    return 'is a private key that cannot be read';
  }
}

function certificate(text: string): string | null {
  try {
    new X509Certificate(text);
    return null;
  } catch {
    return 'is no certificate in PEM form';
  }
}
