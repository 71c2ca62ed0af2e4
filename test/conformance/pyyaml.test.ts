/** YAML read beside PyYAML, where it reads scalars as kubectl does: YAML 1.1, but for numbers with an exponent and dates. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ClusterFileError } from "../../src/kubernetes/cluster-file-error.ts";
import { parseYamlDocuments } from "../../src/kubernetes/yaml.ts";
import { describeWith, pythonWith, pyYaml } from "../tools/requirements.ts";
import { type Json, YamlWriter } from "../tools/yaml-writer.ts";

const TRICKY = [
  "a: &x\n  - b: 1\n    c: [d, e: f, {g: h}]\n  -\n    - - i\n      - j\nk: *x\n",
  "a: >\n  b\n  c\n\n   d\n\n  e\n\n\nf: |+\n  g\n\n\nh: |1-\n  i\n",
  "\"a\\nb\": 'it''s\n\n  c'\nd: \"e \\\n  f\\n\\u00e9 \\x41\n  g\"\n",
  "# a\n%YAML 1.1\n---\nb: yes # c\nd: e#f\n...\n---\n- No\n- ~\n- 0x1F\n- 0777\n- -1_000\n- 1.10\n- .5\n",
  "{a: b, 'c':d, \"e\":[f,\n g h,], i: , j: {}}\n",
  "a: b\n  c\n\n  d\ne:\n- f\n- - g\nh: i:j\nk: http://l\n",
  "a:\n  <<: {b: 1, c: 2}\n  d: 3\ne:\n  - <<: [{f: 1}, {f: 2, g: 3}]\n",
  "- |\n a\n- >-\n  b\n  c\n- - |2\n     d\n  - e\n",
];

const BROKEN = [
  ...["a:\n\tb: 1", "a: b: c", "a:\n  b: 1\n c: 2", "a: [b", "a: 'b", 'a: "\\q"', "a: *b", "a: - b", "a: [b}", "a: @b"],
  ...["a: |x\n  b", "a: 'b' c", "a\nb: c", "a: 1\n- b", "{a: b, ]", "a: |\n   \n  b", "%TAG\n---\na", "a: {{ .b }}"],
];

const PROGRAM = `
import json, sys, yaml
def read(text):
    try: return [value for value in yaml.safe_load_all(text) if value is not None]
    except (yaml.YAMLError, TypeError): return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

/** What PyYAML makes of each text, in one process: null where it refuses it. */
function judged(texts: readonly string[]): readonly (readonly unknown[] | null)[] {
  const options = { input: JSON.stringify(texts), encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(pythonWith("yaml")!, ["-c", PROGRAM], options);
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as readonly (readonly unknown[] | null)[];
}

const word = fc.constantFrom(
  ...[
    "app",
    "web",
    "a.b/c",
    "it's",
    '"x"',
    "\\n",
    "#",
    "# c",
    ":",
    "b:",
    "-",
    "- ",
    "{",
    "]",
    ",",
    "\n",
    "\n",
    " ",
    "%",
  ],
  ...["é", "😀", "@", "&a", "*a", "!t", "yes", "0777", "null"],
);
const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(""));
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(text, fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
    fc.dictionary(text, tie("value"), { minKeys: 1, maxKeys: 4 }),
  ),
}));
const written = fc
  .tuple(fc.dictionary(text, value, { minKeys: 1, maxKeys: 3 }), fc.array(fc.nat(419), { minLength: 1, maxLength: 99 }))
  .map(([document, choices]) => new YamlWriter(choices).text([document]).replace("%YAML 1.2", "# 1.2"))
  // PyYAML takes no tab for a blank, other than YAML and kubectl.
  .map((source) => source.replaceAll("\t", " "));

describeWith(pyYaml(), "PyYAML", () => {
  it("reads the same, and refuses the same", () => {
    const texts = [...TRICKY, ...fc.sample(written, { numRuns: 60, seed: 1 })];
    const values = judged([...texts, ...BROKEN]);
    texts.forEach((source, index) => expect(parseYamlDocuments(source), source).toEqual(values[index]));
    expect(values.slice(texts.length)).toEqual(BROKEN.map(() => null));
    for (const source of BROKEN) expect(() => parseYamlDocuments(source), source).toThrow(ClusterFileError);
  });
});
