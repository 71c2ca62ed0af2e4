/** The package's version. */
import { createRequire } from "node:module";

/** As the package's own package.json says, wherever in the package this was built to. */
export function version(): string {
  const manifest = createRequire(import.meta.url)("podwire/package.json") as { readonly version: string };
  return manifest.version;
}
