/** Label selectors of a policy file, held to what the API server takes (apimachinery's LabelSelector validation). */
import type { JsonReading } from "./cluster-file-object.ts";
import type { LabelRequirement, LabelSelector } from "./network-policy.ts";
import { checkFields } from "./policy-file-fields.ts";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_LIMIT = 63;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PREFIX_LIMIT = 253;

const EXPECTED_KEY = "a label's key such as app or example.com/app";
const EXPECTED_VALUE = "a label's value: at most 63 letters, digits, '-', '_' and '.'";

/** The selector that a field holds; one that selects all where the field is missing. */
export function readSelector(parent: JsonReading, key: string): LabelSelector {
  const reading = parent.object(key);
  checkFields(reading, ["matchLabels", "matchExpressions"]);
  const matchLabels = reading.textMap("matchLabels");
  checkLabels(reading.object("matchLabels"));
  return {
    matchLabels: { ...matchLabels },
    matchExpressions: reading.objects("matchExpressions").map(readRequirement),
  };
}

/** Keys and values of labels. @throws ClusterFileError */
export function checkLabels(labels: JsonReading): void {
  for (const [key, value] of Object.entries(labels.value)) {
    if (!isLabelKey(key)) labels.fail(key, `${EXPECTED_KEY} in front of the value`);
    if (typeof value !== "string" || !isLabelValue(value)) labels.fail(key, EXPECTED_VALUE);
  }
}

function readRequirement(reading: JsonReading): LabelRequirement {
  checkFields(reading, ["key", "operator", "values"]);
  const key = reading.text("key") ?? "";
  if (!isLabelKey(key)) reading.fail("key", EXPECTED_KEY);
  const operator = reading.oneOf("operator", OPERATORS) ?? reading.fail("operator", OPERATORS.join(" or "));
  const values = reading.texts("values");
  const takesValues = operator === "In" || operator === "NotIn";
  if (takesValues && values.length === 0) reading.fail("values", `at least one value for operator ${operator}`);
  if (!takesValues && values.length > 0) reading.fail("values", `no values for operator ${operator}`);
  for (const [index, value] of values.entries())
    if (!isLabelValue(value)) reading.fail("values", EXPECTED_VALUE, index);
  return { key, operator, values };
}

/** "app", "example.com/app". */
function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  const prefix = slash === -1 ? undefined : text.slice(0, slash);
  const name = text.slice(slash + 1);
  if (prefix !== undefined && (prefix.length > PREFIX_LIMIT || !PREFIX.test(prefix))) return false;
  return NAME.test(name) && name.length <= NAME_LIMIT;
}

function isLabelValue(text: string): boolean {
  return text === "" || (NAME.test(text) && text.length <= NAME_LIMIT);
}
