/** What fast-check prints of values. */
import { toStringMethod } from "fast-check";

/** A value that may be written into, and can be had again as it was made. */
interface Renewable<T> {
  fresh(): T;
}

/**
 * Makes fast-check print the values of a class by `text`, as they were made, whatever a property wrote into them. (By a
 * symbol, which a class cannot have where declarations are made file by file. There is one for copies too, which would
 * give each run its own; but of a tuple or record fast-check 4.10 then forgets what stands behind such a value.)
 */
export function reportAsText<T extends Renewable<T>>(
  type: { readonly prototype: T },
  text: (value: T) => string = String,
): void {
  Object.defineProperty(type.prototype, toStringMethod, {
    value(this: T): string {
      return text(this.fresh());
    },
  });
}
