/** The example cluster, and commands run in it. */
import { expect } from "vitest";
import {
  type Place,
  runCommand,
  startCommand,
  Taps,
  type Running,
  type Terminal,
} from "../../../src/commands/index.ts";
import { type Cluster, createExampleCluster } from "../../../src/kubernetes/index.ts";

/** What a command said, and its exit code. */
export interface Said {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** A cluster to run commands in. */
export class Lab {
  readonly cluster: Cluster;
  readonly taps: Taps;

  constructor(cluster: Cluster = createExampleCluster()) {
    this.cluster = cluster;
    this.taps = new Taps(cluster.engine);
  }

  place(name: string): Place {
    const { host } = this.cluster.endpoint(name);
    return { cluster: this.cluster, name, host, namespace: host.namespace, taps: this.taps };
  }

  /** Runs "pod-a ip route" and the like. */
  run(line: string): Said {
    const [where = "", ...words] = line.split(" ");
    const { terminal, said } = recordingTerminal();
    const status = runCommand(this.place(where), words, terminal);
    return { status, ...said };
  }

  /** Starts "node-a tcpdump ..." and tells, when it is asked, what was said so far. */
  start(line: string): { readonly job: Running; readonly said: { out: string; error: string } } {
    const [where = "", ...words] = line.split(" ");
    const { terminal, said } = recordingTerminal();
    const job = startCommand(this.place(where), words, terminal);
    if (job === null) return expect.fail(said.error);
    return { job, said };
  }
}

export function recordingTerminal(): { terminal: Terminal; said: { out: string; error: string } } {
  const said = { out: "", error: "" };
  const terminal: Terminal = {
    out: (text) => void (said.out += text),
    error: (text) => void (said.error += text),
    create: () => expect.fail("no file is to be written"),
  };
  return { terminal, said };
}
