/** Names each skipped test at the end of the run, with the reason that `describeWith` put into its name. */
import type { Reporter, TestModule } from "vitest/node";

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) => [...module.children.allTests("skipped")].map((test) => test.fullName));
    if (names.length > 0) console.log(`${names.length} skipped:\n${names.map((name) => `  ${name}`).join("\n")}\n`);
  }
}
