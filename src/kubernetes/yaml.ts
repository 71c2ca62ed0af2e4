/**
 * YAML as Kubernetes' files have it, read as kubectl reads it (sigs.k8s.io/yaml): YAML 1.2 without tags, keys that are
 * no text, tabs that indent and directives but %YAML; those, and a key twice in a mapping, are refused.
 */
import { ClusterFileError } from "./cluster-file-error.ts";
import { YamlAnchors } from "./yaml-anchors.ts";
import { readYamlDocument } from "./yaml-block.ts";
import { YamlText } from "./yaml-text.ts";

/** Characters that no YAML has: it has tabs and ends of lines alone of those that do not print. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
/** In front of the text, and of texts that were put behind it. */
const BYTE_ORDER_MARK = /(?<=^|\n)\ufeff/g;
const UNENDED_LINE = /(?<=[^\n])$/;
const VERSION = /^%YAML[ \t]+1\.\d+[ \t]*(?:[ \t]#.*)?$/;

/** Lines between two of `---` and `...`. */
interface Section {
  readonly text: YamlText;
  /** `---` is behind it. */
  readonly isContinued: boolean;
}

/**
 * The values of all documents in the text that have one, as `JSON.parse` would make them. Aliases of one anchor are the
 * same value, so that nobody may change it.
 * @throws ClusterFileError with line and column, counted from 1: "line 3, column 5: expected ..., found ..."
 */
export function parseYamlDocuments(text: string): unknown[] {
  const lines = text.replace(/\r\n?/g, "\n").replace(BYTE_ORDER_MARK, "").replace(UNENDED_LINE, "\n");
  const control = lines.search(CONTROL);
  if (control >= 0) new YamlText(lines, 1).fail("text", control);
  const anchors = new YamlAnchors();
  const values = sections(lines).map((section) => {
    anchors.clear();
    return readDirectives(section) ? null : readYamlDocument(section.text, anchors);
  });
  const documents = values.filter((value) => value !== null);
  if (documents.length === 0) throw new ClusterFileError("expected a document, found none but empty ones");
  return documents;
}

/** As kubectl does it, a line that begins with "---" ends a document wherever it is, and has nothing more on it. */
function sections(lines: string): Section[] {
  const found: Section[] = [];
  let [from, firstLine] = [0, 1];
  for (let [start, line] = [0, 1]; start < lines.length; line++) {
    const end = lines.indexOf("\n", start);
    const isContinued = lines.startsWith("---", start);
    const isEnd = isContinued || /^\.\.\.[ \t\n]/.test(lines.slice(start, start + 4));
    if (isEnd) {
      const separator = new YamlText(lines.slice(start, end + 1), line);
      separator.position = 3;
      separator.skipBlanks();
      if (!"#\n".includes(separator.text[separator.position]!)) separator.fail("the end of the line");
      found.push({ text: new YamlText(lines.slice(from, start), firstLine), isContinued });
      [from, firstLine] = [end + 1, line + 1];
    }
    start = end + 1;
  }
  return [...found, { text: new YamlText(lines.slice(from), firstLine), isContinued: false }];
}

/** Whether the section is no document but the directives before one. @throws ClusterFileError for others than %YAML */
function readDirectives({ text, isContinued }: Section): boolean {
  text.skipSpace("block");
  if (text.text[text.position] !== "%" || text.column > 0) return false;
  const { position: start } = text;
  text.skipLine();
  if (!VERSION.test(text.text.slice(start, text.position))) text.fail("no directive but %YAML 1.2", start);
  text.skipSpace("block");
  if (!text.isAtEnd || !isContinued) text.fail(`"---" behind a directive`);
  return true;
}
