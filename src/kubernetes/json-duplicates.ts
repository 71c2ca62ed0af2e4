/** Keys that stand twice in an object of JSON: `JSON.parse` takes the last one, and kubectl's strict decoding none. */
import { ClusterFileError } from "./cluster-file-error.ts";
import { stepTo } from "./cluster-file-object.ts";

/** Of sound JSON: strings, brackets, commas, and other values in one. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"\ufeff]+/g;

/** An object or a list that the scan is in. */
interface Frame {
  /** Null for a list. */
  readonly keys: Set<string> | null;
  /** Where it is: "spec.ingress[0]". */
  readonly path: string;
  /** The key of the value that comes next, or its index. */
  step: string | number;
  isKeyNext: boolean;
}

/**
 * Looks through documents of JSON that `parseJsonDocuments` takes.
 * @throws ClusterFileError with document and path of a key that its object has already
 */
export function checkDuplicates(text: string): void {
  const frames: Frame[] = [];
  let document = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = frames.at(-1);
    if (frame === undefined) document++;
    if (token === "{" || token === "[") {
      const path = frame === undefined ? "" : stepOf(frame);
      frames.push({ keys: token === "{" ? new Set() : null, path, step: 0, isKeyNext: token === "{" });
    } else if (token === "}" || token === "]") {
      frames.pop();
    } else if (token === ",") {
      if (frame!.keys === null) frame!.step = Number(frame!.step) + 1;
      else frame!.isKeyNext = true;
    } else if (frame?.isKeyNext === true && token !== ":") {
      const key = JSON.parse(token) as string;
      frame.step = key;
      frame.isKeyNext = false;
      if (frame.keys!.has(key))
        throw new ClusterFileError(`document ${document}, ${stepOf(frame)}: duplicate field ${JSON.stringify(key)}`);
      frame.keys!.add(key);
    }
  }
}

function stepOf({ path, step }: Frame): string {
  return typeof step === "number" ? `${path}[${step}]` : stepTo(path, step);
}
