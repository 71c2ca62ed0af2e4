/** Labels, and selectors that mostly select something: both draw from a small vocabulary. */
import fc from "fast-check";

/** Keys, and the values that each may have. */
export type LabelVocabulary = Readonly<Record<string, readonly string[]>>;

/** The labels that pods have when no others are asked for. */
export const POD_VOCABULARY: LabelVocabulary = { app: ["web", "api", "db"], tier: ["front", "back"] };

/** The labels that namespaces have when no others are asked for. */
export const NAMESPACE_VOCABULARY: LabelVocabulary = { team: ["red", "blue"], stage: ["live", "test"] };

/** A value and a key that nobody has. */
const UNKNOWN_VALUE = "nothing";
const UNKNOWN_KEY = "unknown";

/** A selector as Kubernetes' JSON has it. Lists and objects that are empty or missing select the same. */
export type SelectorManifest = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly RequirementManifest[];
};

export type RequirementManifest = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
};

/** Labels: each key of the vocabulary or not. What fails shrinks to none. */
export function labelSet(vocabulary: LabelVocabulary = POD_VOCABULARY): fc.Arbitrary<Record<string, string>> {
  const values = Object.entries(vocabulary).map(([key, known]) => [key, fc.constantFrom(...known)] as const);
  return fc
    .record(Object.fromEntries(values), { requiredKeys: [], noNullPrototype: true })
    .map((labels) => labels as Record<string, string>);
}

/**
 * Selectors that the API server takes, with all operators. One in four requirements names a key or value that is not
 * in the vocabulary. What fails shrinks to `{}`, which selects all.
 */
export function labelSelector(vocabulary: LabelVocabulary = POD_VOCABULARY): fc.Arbitrary<SelectorManifest> {
  const matchLabels = fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: oneLabel(vocabulary) },
    { weight: 1, arbitrary: labelSet(vocabulary) },
    { weight: 1, arbitrary: fc.constant({ [UNKNOWN_KEY]: UNKNOWN_VALUE }) },
  );
  const matchExpressions = fc.array(requirement(vocabulary), { minLength: 1, maxLength: 2, size: "max" });
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ matchLabels }, { requiredKeys: [], noNullPrototype: true }) },
    { weight: 2, arbitrary: fc.record({ matchExpressions }) },
    { weight: 1, arbitrary: fc.record({ matchLabels, matchExpressions }) },
  );
}

function oneLabel(vocabulary: LabelVocabulary): fc.Arbitrary<Record<string, string>> {
  return fc
    .constantFrom(...Object.entries(vocabulary))
    .chain(([key, values]) => fc.constantFrom(...values).map((value) => ({ [key]: value })));
}

function requirement(vocabulary: LabelVocabulary): fc.Arbitrary<RequirementManifest> {
  const known = Object.entries(vocabulary);
  const key = fc.constantFrom(...known, ...known, ...known, [UNKNOWN_KEY, []] as const);
  return key.chain(([name, values]) => {
    const oneOfThem = fc.constantFrom(...values, UNKNOWN_VALUE);
    const some = fc.uniqueArray(oneOfThem, { minLength: 1, maxLength: 3 });
    return fc.oneof(
      fc.record({ key: fc.constant(name), operator: fc.constantFrom("In", "NotIn"), values: some }),
      fc.record({ key: fc.constant(name), operator: fc.constantFrom("Exists", "DoesNotExist") }),
    ) as fc.Arbitrary<RequirementManifest>;
  });
}
