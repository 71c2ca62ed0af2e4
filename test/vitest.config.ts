import { defineConfig } from "vitest/config";

const source = new URL("../src/", import.meta.url).pathname;

export default defineConfig({
  // Examples import podwire as its users do.
  resolve: {
    alias: [
      { find: /^podwire$/, replacement: `${source}index.ts` },
      { find: /^podwire\/(\w+)$/, replacement: `${source}$1/index.ts` },
    ],
  },
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    maxWorkers: "100%",
    // Modules are loaded once a worker: to load them for each of 300 files takes as long as a third of the tests.
    isolate: false,
    setupFiles: [new URL("tools/repeatable-properties.ts", import.meta.url).pathname],
    reporters: ["default", new URL("tools/skipped-reporter.ts", import.meta.url).pathname],
  },
});
