/** What a person binds themselves by with one press in a browser: what is paid, ordered, handed over, taken away. */

/** Parameters that say what is pressed. */
const PRESSED = /^(?:element|selector|text|label|name|target|button|locator|accessible_?name|description)$/i;
const LONGEST = 300;
/** In these words it is the last step, whatever stands round it. */
const LAST_STEP =
  /\b(?:(?:confirm|complete|finali[sz]e|submit|authori[sz]e|approve|place|make)\s+(?:(?:your|my|the|this|and)\s+)*(?:purchase|payment|order|transaction|transfer|booking|checkout|subscription|withdrawal|donation|bid|trade|swap)|(?:pay|send|transfer|withdraw|donate|charge)\s*[-:]?\s*(?:(?:usd|eur|gbp|chf)\s*)?[$€£¥]?\s*\d[\d.,]*|pay\s+(?:now|invoice|bill|with|by|and)|buy\s+(?:now|it|tokens?|credits?|licen[cs]es?|seats?|plan|domain|with|\d)|buy-?now|purchase\s+(?:now|order|plan|licen[cs]e|credits?|seats?|domain|\d)|one[- ]click\s+(?:buy|purchase|order)|send\s+(?:money|payment|funds|transaction|tokens?|eth|btc)|transfer\s+(?:money|funds|ownership|domain|repository|balance)|confirm\s+(?:and|&)\s+(?:pay|send|buy|transfer|subscribe)|(?:upgrade|subscribe|start)\s+(?:now|to\s+(?:pro|premium|enterprise|team|business|plus)|(?:paid\s+)?(?:plan|subscription))|(?:delete|close|deactivate|remove)\s+(?:(?:my|your|this|the)\s+)*(?:account|organi[sz]ation|workspace|repository|repo|project|database|server|cluster|domain|team|tenant)|i understand the consequences|(?:regenerate|rotate|revoke)\s+(?:\w+\s+){0,2}(?:token|key|secret)s?|authori[sz]e\s+(?:app|application|access|[A-Z]\w+)|(?:grant|allow)\s+access|add\s+payment\s+method|save\s+card|(?:renew|cancel|start|confirm)\s+(?:(?:my|your|the|this)\s+)?(?:subscription|membership|trial)|order\s+(?:now|and|&)\b)\b/i;
/** Fields for what pays, or lets somebody in for good. */
const FIELD =
  /\b(?:(?:credit|debit)?\s?card\s?(?:number|no)|cvv|cvc|(?:recovery|seed|secret)\s(?:recovery\s)?phrase|private\s?key|iban|routing\s?number|social\s?security)\b/i;
/** Words that say it alone, where nothing else is named. */
const ALONE =
  /^\W*(?:(?:button|link|role=button)\b[\s:[(]*(?:name=)?["']?)?(?:buy|purchase|pay|order|subscribe|upgrade|donate|withdraw|transfer|checkout|check\s?out|pay\s?pal|apple pay|google pay)(?:\s+button|["'\])\s]*)\W*$/i;

/** Whether a text of a call says that what it presses binds somebody. */
export function confirms({ name, text }: { readonly name: string; readonly text: string }): boolean {
  if (!PRESSED.test(name) || text.length > LONGEST) return false;
  // `button#place-order`, `placeOrder`.
  const words = text.replace(/([a-z])(?=[A-Z])/g, '$1 ').replace(/[_#.\-[\]"'=]+(?=[A-Za-z])/g, ' ');
  return LAST_STEP.test(text) || LAST_STEP.test(words) || FIELD.test(words) || ALONE.test(text);
}
