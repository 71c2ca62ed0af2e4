/**
 * What kubectl v1.32.4 made of YAML, recorded by `kubectl label --local --dry-run=client -o json -f FILE a=b`: the texts
 * stood below the fields that every object has. Those that it refused have no value.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClusterFileError } from "../../src/kubernetes/cluster-file-error.ts";
import { parseYamlDocuments } from "../../src/kubernetes/yaml.ts";

type Recorded = readonly [text: string, value?: unknown];

const recorded = JSON.parse(readFileSync(new URL("kubectl-yaml.json", import.meta.url), "utf8")) as readonly Recorded[];

const HEAD = "apiVersion: example.com/v1\nkind: Example\nmetadata: { name: example }\n";
const HEAD_FIELDS = { apiVersion: "example.com/v1", kind: "Example", metadata: { name: "example" } };

describe("YAML is read as kubectl read it", () => {
  it.each(recorded.filter(({ length }) => length === 2))("%j", (text, value) => {
    expect(parseYamlDocuments(`${HEAD}${text}\n`)).toEqual([{ ...HEAD_FIELDS, ...(value as object) }]);
  });

  it.each(recorded.filter(({ length }) => length === 1))("%j is refused", (text) => {
    expect(() => parseYamlDocuments(`${HEAD}${text}\n`)).toThrow(ClusterFileError);
    expect(() => parseYamlDocuments(`${HEAD}${text}\n`)).toThrow(
      /^line \d+, column \d+: expected [^\n]+, found [^\n]+$/,
    );
  });

  it("in more than 100 texts each way or so", () => {
    expect(recorded.filter(({ length }) => length === 2).length).toBeGreaterThan(100);
    expect(recorded.filter(({ length }) => length === 1).length).toBeGreaterThan(60);
  });
});
