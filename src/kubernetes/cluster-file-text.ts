/** The documents of a file, JSON or YAML: which of them it is, the text decides. */
import { ClusterFileError } from "./cluster-file-error.ts";
import { parseJsonDocuments } from "./cluster-file-json.ts";
import { checkDuplicates } from "./json-duplicates.ts";
import { parseYamlDocuments } from "./yaml.ts";

/** Texts that begin so are JSON as a rule. */
const BRACKET = /^[\s\ufeff]*[[{]/;
/**
 * Unless no quote, digit or other bracket follows but a comment or a key without quotes; or a line separates documents.
 * Nothing else makes YAML of it: YAML would take `"a":1 "b":2` for one text, where JSON misses a comma.
 */
const YAML_SIGN = /^[\s\ufeff]*[[{][\s[{]*[^\s[{"\]},:\d-]|[\r\n]---/;

/**
 * The values of all documents in a text of JSON or YAML, which refuses a key twice in an object; JSON does where
 * `isStrict` asks for it.
 * @throws ClusterFileError with line and column where it is wrong
 */
export function parseDocuments(text: string, isStrict = false): unknown[] {
  if (!/[^\s\ufeff]/.test(text)) throw new ClusterFileError("expected JSON or YAML, found an empty text");
  if (!BRACKET.test(text)) return parseYamlDocuments(text);
  let documents: unknown[];
  try {
    documents = parseJsonDocuments(text);
  } catch (error) {
    if (!YAML_SIGN.test(text)) throw error;
    return parseYamlDocuments(text);
  }
  if (isStrict) checkDuplicates(text);
  return documents;
}
