/** From documents to Kubernetes objects: Lists are taken apart, however deep they lie in each other. */
import { ClusterFileError, shownValue } from "./cluster-file-error.ts";
import { isObject, type JsonObject, JsonReading } from "./cluster-file-object.ts";
import { parseDocuments } from "./cluster-file-text.ts";

/** One object of the file. */
export interface KubernetesObject {
  readonly kind: string;
  readonly name: string;
  /** "" for kinds that have none. */
  readonly namespace: string;
  /** How findings name it: "Pod default/web-0", "Node node-a". */
  readonly title: string;
  /** "document 1, items[2]". */
  readonly place: string;
  readonly reading: JsonReading;
}

/** A value that is still to be taken apart. */
interface Waiting {
  readonly value: unknown;
  readonly place: string;
  /** What the list that it came from holds, where the list says so and not the object: NodeList. */
  readonly kind: string | undefined;
}

/** Kinds that lie in no namespace. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  ...["Node", "Namespace", "IPPool", "Installation", "CiliumNode", "PersistentVolume", "ClusterRole"],
  ...[
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "StorageClass",
    "PriorityClass",
  ],
]);

/** All objects of a text of JSON or YAML, in its order. @throws ClusterFileError where it is wrong; if strict, for a key twice. */
export function readObjects(text: string, isStrict = false): KubernetesObject[] {
  return objectsOf(parseDocuments(text, isStrict));
}

/** All objects of documents. @throws ClusterFileError where one is wrong. */
export function objectsOf(documents: readonly unknown[]): KubernetesObject[] {
  const waiting: Waiting[] = documents
    .map((value, index) => ({ value, place: `document ${index + 1}`, kind: undefined }))
    .reverse();
  const objects: KubernetesObject[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = innerValues(next);
    if (inner === undefined) objects.push(readObject(next));
    else for (let index = inner.length - 1; index >= 0; index--) waiting.push(inner[index]!);
  }
  return objects;
}

/** What a list holds; undefined when it is none. */
function innerValues({ value, place, kind }: Waiting): Waiting[] | undefined {
  if (Array.isArray(value))
    return value.map((item: unknown, index) => ({ value: item, place: `${place}, [${index}]`, kind: undefined }));
  if (!isObject(value))
    throw new ClusterFileError(`${place}: expected a Kubernetes object, found ${shownValue(value)}`);
  const ownKind = new JsonReading(value, place).text("kind") ?? kind;
  if (ownKind?.endsWith("List") !== true && !(ownKind === undefined && Array.isArray(value["items"]))) return undefined;
  const itemKind = ownKind === undefined || ownKind === "List" ? undefined : ownKind.slice(0, -"List".length);
  const items = value["items"] ?? [];
  if (!Array.isArray(items)) throw new ClusterFileError(`${place}, items: expected a list, found ${shownValue(items)}`);
  return items.map((item: unknown, index) => ({ value: item, place: `${place}, items[${index}]`, kind: itemKind }));
}

function readObject({ value, place, kind: listKind }: Waiting): KubernetesObject {
  const reading: JsonReading = new JsonReading(value as JsonObject, place);
  const kind = reading.text("kind") ?? listKind;
  if (kind === undefined) reading.fail("kind", "the kind of a Kubernetes object");
  const metadata: JsonReading = new JsonReading(value as JsonObject, `${place}, ${kind}`).object("metadata");
  const name = metadata.text("name");
  if (name === undefined) metadata.fail("name", "a name");
  const namespace = metadata.text("namespace") ?? (CLUSTER_SCOPED.has(kind) ? "" : "default");
  const title = namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  return { kind, name, namespace, title, place, reading: new JsonReading(value as JsonObject, `${place}, ${title}`) };
}
