/** Checksums and tests of form that keep the content scan from taking anything long for a secret. */

/** Luhn's checksum over 13 to 19 digits; numbers of one repeated digit and the issuers' test cards are none. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits) || /^(\d)\1+$/.test(digits) || TEST_CARDS.has(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Numbers that payment services publish for trying things out. */
const TEST_CARDS: ReadonlySet<string> = new Set([
  '4242424242424242',
  '4000056655665556',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '4111111111111111',
]);

/** ISO 13616: the rearranged number, letters as 10 to 35, leaves 1 modulo 97. */
export function isIban(text: string): boolean {
  const iban = text.replaceAll(' ', '');
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Shannon entropy of the characters, in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

export function looksRandom(text: string, least: number): boolean {
  return entropyOf(text) >= least;
}

const REFERENCE =
  /^(?:\$|%[A-Za-z_]|<|\{\{|\$\{|process\.env|os\.environ|env[.([]|getenv|secrets?\.|vault:|var\.|local\.|config\.|self\.|this\.|null$|none$|true$|false$|undefined$)/i;
const EXAMPLE =
  /example|placeholder|changeme|change_me|dummy|sample|your[_-]|my[_-]?(?:secret|token|key|password)|redacted|xxxx|\*\*\*\*|\.\.\.|…|0123456789abcdef0123|1234567890123456|abcdefghijklmnop(?:qrst|$)|^(?:test|fake|foo|bar|secret|password|passw0rd|hunter2)\d{0,3}$/i;

/** A reference to a value, or a value that only stands for one. */
export function isPlaceholder(value: string): boolean {
  return REFERENCE.test(value) || EXAMPLE.test(value) || /^(.)\1+$/.test(value);
}
