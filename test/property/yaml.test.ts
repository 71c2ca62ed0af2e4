/** YAML: what is written in any of its ways is read back, and damaged text gives a value or one line that tells where. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClusterFileError } from "../../src/kubernetes/cluster-file-error.ts";
import { parseYamlDocuments } from "../../src/kubernetes/yaml.ts";
import { type Json, YamlWriter } from "../tools/yaml-writer.ts";

/** Texts of lines, words and blanks, or that mean something else without quotes. */
const words = fc.array(
  fc.constantFrom(
    ...["app", "web", "a.b/c", "é", "😀", "it's", '"x"', "\\n", "#", "# c", ":", "b:", "-", "- ", "---", "{", "]", ","],
    ...["\n", "\n", "\n\n", " ", " ", "  ", "\t", "\r", "\x07", "\x7f", "\ufeff", "\u2028", "%", "@", "&a", "*a", "!t"],
  ),
  { maxLength: 8 },
);
const text = fc.oneof(
  words.map((parts) => parts.join("")),
  words.map((parts) => parts.filter((part) => /^[\w./]+$/.test(part)).join(" ")),
  fc.constantFrom("yes", "n", "null", "~", "0777", "1e3", "1.10", ".inf", "2001-01-01", "10.0.0.0/8", "<<", "=", ""),
  fc.string(),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);
const key = text.filter((name) => name !== "__proto__");
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));
const documents = fc.array(
  value.filter((document) => document !== null),
  { minLength: 1, maxLength: 3 },
);
const choices = fc.array(fc.nat(419), { minLength: 1, maxLength: 150 });

describe("YAML", () => {
  it("is read back in whatever way it is written", () => {
    fc.assert(
      fc.property(documents, choices, (values, ways) => {
        const written = new YamlWriter(ways).text(values);
        expect(parseYamlDocuments(written), written).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it("that is damaged gives values or one line that tells where", () => {
    const damage = fc.record({
      place: fc.nat(),
      length: fc.nat(3),
      by: fc.constantFrom(
        ...["", "", "- ", ":", "\n", "\t", "'", '"', "#", "[", "]", "{", "}", ",", "&a ", "*a", "!", "? ", ">", "|"],
        ...["\\", "  ", "%", "---\n", "...\n", "\0", "\ufeff", "\r", "<<: "],
      ),
    });
    fc.assert(
      fc.property(documents, choices, fc.array(damage, { minLength: 1, maxLength: 4 }), (values, ways, damages) => {
        let written = new YamlWriter(ways).text(values);
        for (const { place, length, by } of damages) {
          const start = place % (written.length + 1);
          written = written.slice(0, start) + by + written.slice(start + length);
        }
        try {
          parseYamlDocuments(written);
        } catch (error) {
          expect(error).toBeInstanceOf(ClusterFileError);
          expect((error as Error).message).toMatch(
            /^line \d+, column \d+: expected [^\n]+, found [^\n]+$|^expected a document, found none but empty ones$/,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
