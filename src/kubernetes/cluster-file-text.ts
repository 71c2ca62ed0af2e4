/** The documents of a file, JSON or YAML: which of them it is, the text decides. */
import { ClusterFileError } from "./cluster-file-error.ts";
import { parseJsonDocuments } from "./cluster-file-json.ts";
import { parseYamlDocuments } from "./yaml.ts";

/** Texts that begin so may be JSON. */
const BRACKET = /^[\s\ufeff]*[[{]/;
/** Texts that begin so are meant to be: YAML has no need of quotes. */
const QUOTED = /^[\s\ufeff]*[[{][\s[{]*["\]}]/;

/**
 * The values of all documents in a text of JSON or YAML. As kubectl does it, what is not quite JSON is tried as YAML,
 * which has commas before a closing bracket, comments and keys without quotes.
 * @throws ClusterFileError with line and column where it is neither
 */
export function parseDocuments(text: string): unknown[] {
  if (!/[^\s\ufeff]/.test(text)) throw new ClusterFileError("expected JSON or YAML, found an empty text");
  if (!BRACKET.test(text)) return parseYamlDocuments(text);
  try {
    return parseJsonDocuments(text);
  } catch (error) {
    return asYaml(text, error);
  }
}

/** @param jsonError what is thrown when it is no YAML either, unless it was never meant to be JSON */
function asYaml(text: string, jsonError: unknown): unknown[] {
  try {
    return parseYamlDocuments(text);
  } catch (error) {
    throw QUOTED.test(text) ? jsonError : error;
  }
}
