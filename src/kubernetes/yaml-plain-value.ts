/**
 * What an unquoted text stands for: text, a number, true, false or null, as kubectl takes it (sigs.k8s.io/yaml, whose
 * yaml.v2 reads YAML 1.1 with additions). So yes, no, on, off, y and n are booleans, 0777 and 0o777 are octal, 08 is 8,
 * 1_000 is a number, and 1.10 is 1.1; dates, 1:20 and 1e999 are text.
 */

/** What JSON has of it. */
export type PlainValue = string | number | boolean | null;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

const NO_JSON_NUMBER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
/** Up to 64 bits: sign, and digits with the prefix of their base. */
const BASED = /^([-+]?)(0[xX]0*[\da-fA-F]{1,16}|0[oO]?0*1?[0-7]{1,21}|0[bB]0*[01]{1,64})$/;
const OCTAL = /^0[oO]?(?=[0-7])/;

/** The value; undefined for an infinity or no number at all, which JSON has not and kubectl refuses. */
export function plainValue(text: string): PlainValue | undefined {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const isDigit = first >= 0x30 && first <= 0x39;
  if (!isDigit && first !== 0x2b && first !== 0x2d && first !== 0x2e) return text;
  if (NO_JSON_NUMBER.test(text)) return undefined;
  return numberOf(first === 0x2e ? text : text.replaceAll("_", "")) ?? text;
}

function numberOf(text: string): number | undefined {
  const based = BASED.exec(text);
  if (based !== null) {
    const magnitude = Number(based[2]!.replace(OCTAL, "0o"));
    return based[1] === "-" && magnitude !== 0 ? -magnitude : magnitude;
  }
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  // JSON knows no negative zero of an integer, and Go's numbers end where JavaScript's do.
  return Number.isFinite(value) ? (value === 0 ? 0 : value) : undefined;
}

/** The text of an unquoted key, which Kubernetes' objects have alone: `yes` is "true", 0x10 is "16". Undefined for null. */
export function plainKey(text: string): string | undefined {
  const value = plainValue(text);
  // A number of many digits is not rounded.
  if (typeof value === "number" && /^(?:0|-?[1-9]\d*)$/.test(text)) return text;
  return value === null || value === undefined ? undefined : String(value);
}
