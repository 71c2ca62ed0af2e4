/** How deep values may lie in each other: far deeper than Kubernetes' objects, and not so deep that the stack ends. */
import type { YamlText } from "./yaml-text.ts";

const DEPTH_LIMIT = 256;

/** @throws ClusterFileError for a value with so many others around it */
export function checkDepth(text: YamlText, depth: number): void {
  if (depth >= DEPTH_LIMIT) text.fail(`at most ${DEPTH_LIMIT} levels`, text.position, "one more");
}
