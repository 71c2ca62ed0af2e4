import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    maxWorkers: "100%",
    setupFiles: [new URL("tools/repeatable-properties.ts", import.meta.url).pathname],
    reporters: ["default", new URL("tools/skipped-reporter.ts", import.meta.url).pathname],
  },
});
