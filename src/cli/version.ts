/** The package's version. */
import { readFileSync } from "node:fs";

/** As package.json says: it stands two folders above the built command. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
