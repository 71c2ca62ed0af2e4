/** Numbers that stand for what is random in the real plugins, drawn from a name so that they are the same in every run. */

/** 32 bits of a name (FNV-1a), unsigned. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** `digits` hexadecimal digits for a device's name, at most 16. */
export function nameDigits(name: string, digits: number): string {
  const text = [nameHash(name), nameHash(`${name}/`)].map((hash) => hash.toString(16).padStart(8, "0")).join("");
  return text.slice(0, digits);
}
