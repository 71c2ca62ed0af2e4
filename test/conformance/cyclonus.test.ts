/**
 * The 115 cases of cyclonus by packets: under every plugin, TCP, UDP and SCTP packets go from each pod to each other,
 * and those that arrive make the matrix. Nobody asks what was compiled. The first case comes out by answers as well.
 */
import { expect, it } from "vitest";
import { Cluster, type ClusterPod, CNI_NAMES, createCni, parsePolicies } from "../../src/kubernetes/index.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixMask } from "../../src/wire/index.ts";
import { type PolicyProbe, PolicyProbes } from "../tools/policy-probes.ts";
import { describeWith } from "../tools/requirements.ts";
import { cyclonus, CYCLONUS_PORTS, cyclonusCases, type CyclonusStep, type Matrix, socketOf } from "./cyclonus.ts";

const NODES = ["node-1", "node-2", "node-3"] as const;

/** A cluster with a step's pods, which following steps use as long as they have the same. */
class Arena {
  readonly cluster: Cluster;
  #probes: PolicyProbes | undefined;
  readonly #pods: ReadonlyMap<string, ClusterPod>;
  /** What stands for cyclonus' 192.168.1.0/28, in which all its pods are. */
  readonly #range: Ipv4Prefix;

  constructor(cni: string, { pods }: CyclonusStep) {
    this.cluster = new Cluster({ cni: createCni(cni), slotCount: 1024 });
    for (const [index, name] of NODES.entries())
      this.cluster.addNode({ name, address: `192.168.1.${index + 1}0`, podCidr: `10.244.${index + 1}.0/24` });
    const ports = CYCLONUS_PORTS.map(({ name, number, protocol }) => ({
      name,
      containerPort: number,
      protocol: protocol as "TCP" | "UDP" | "SCTP",
    }));
    for (const [index, { namespace, name }] of pods.entries())
      this.cluster.addPod({
        name,
        kubernetesNamespace: namespace,
        // Pairs of pods are on one node and on two.
        node: NODES[index % NODES.length]!,
        containers: [{ name: "agnhost", ports }],
      });
    this.#pods = new Map(this.cluster.pods.map((pod) => [pod.fullName, pod]));
    this.#range = coverOf(this.cluster.pods.map(({ address }) => address));
  }

  /** From the first call on the pods' own stacks hear no more. */
  #recorders(): PolicyProbes {
    if (this.#probes !== undefined) return this.#probes;
    this.#probes = new PolicyProbes(this.cluster);
    for (const pod of this.cluster.pods)
      for (const { protocol, number } of CYCLONUS_PORTS) if (protocol === "UDP") this.#probes.listenUdp(pod, number);
    return this.#probes;
  }

  hasPodsOf({ pods }: CyclonusStep): boolean {
    return (
      pods.length === this.#pods.size && pods.every(({ namespace, name }) => this.#pods.has(`${namespace}/${name}`))
    );
  }

  apply({ pods, namespaces, policies }: CyclonusStep): void {
    for (const { namespace, name, labels } of pods)
      this.cluster.relabel(this.#pods.get(`${namespace}/${name}`)!, labels);
    for (const [name, labels] of Object.entries(namespaces)) this.cluster.relabelNamespace(name, labels);
    this.cluster.policies.set(parsePolicies(this.#moved(policies), "cyclonus.json"));
  }

  /** Pods have other addresses here: the ranges of policies, too. */
  #moved(policies: CyclonusStep["policies"]): unknown[] {
    const { address, length } = this.#range;
    const around = { address: (address & prefixMask(length - 1)) >>> 0, length: length - 1 };
    const text = JSON.stringify(policies)
      .replaceAll("192.168.1.0/24", formatPrefix(around))
      .replaceAll("192.168.1.0/28", formatPrefix(this.#range));
    return JSON.parse(text) as unknown[];
  }

  /** Of each key of the step's results, the matrix that single packets make. */
  matrices(step: CyclonusStep): Record<string, Matrix> {
    return this.#matricesOf(step, (probes) => this.#recorders().send(probes));
  }

  /** The same by answers: TCP's handshake, what UDP echoes, SCTP's INIT ACK. */
  exchanges(step: CyclonusStep): Record<string, Matrix> {
    const bursts = (probes: readonly PolicyProbe[]): boolean[] =>
      probes.flatMap((_, index) =>
        index % BURST === 0 ? exchangeAll(this.cluster, probes.slice(index, index + BURST)) : [],
      );
    return this.#matricesOf(step, bursts);
  }

  #matricesOf(
    { order, results }: CyclonusStep,
    send: (probes: readonly PolicyProbe[]) => readonly boolean[],
  ): Record<string, Matrix> {
    const keys = Object.keys(results);
    const pods = order.map((name) => this.#pods.get(name)!);
    const probes = keys.flatMap((key) => {
      const { protocol, port } = socketOf(key);
      return pods.flatMap((source) =>
        pods.flatMap((destination) =>
          source === destination ? [] : [{ source, destination, protocol: protocol as "TCP" | "UDP" | "SCTP", port }],
        ),
      );
    });
    const passed = send(probes)[Symbol.iterator]();
    const cell = (): string => (passed.next().value === true ? "." : "X");
    return Object.fromEntries(
      keys.map((key) => [key, pods.map((source) => pods.map((other) => (source === other ? "-" : cell())).join(""))]),
    );
  }
}

/** Packets that may wait at once for one neighbour's address. */
const BURST = 64;
/** Longer than an exchange takes, shorter than anything is sent again. */
const PATIENCE = 500_000_000;

/** Of each probe, whether it was answered by who listens there. */
function exchangeAll({ engine }: Cluster, probes: readonly PolicyProbe[]): boolean[] {
  const answered = probes.map(() => false);
  const ends = probes.map(({ source: { host }, destination: { address }, protocol, port }, index) => {
    const note = (): void => {
      answered[index] = true;
    };
    if (protocol === "TCP") {
      const connection = host.tcp.connect(address, port, { onConnect: note });
      return () => connection.abort();
    }
    if (protocol === "UDP") {
      const socket = host.openUdp({ onMessage: note });
      socket.send(address, port, new Uint8Array(4));
      return () => socket.close();
    }
    host.sctp.probe(address, port, { onResult: (result) => result === "open" && note() });
    return () => {};
  });
  engine.run(engine.now + PATIENCE);
  for (const end of ends) end();
  engine.run(engine.now + PATIENCE);
  return answered;
}

/** The smallest range that has all addresses. */
function coverOf(addresses: readonly number[]): Ipv4Prefix {
  const [first] = addresses;
  const length = Math.min(...addresses.map((address) => Math.clz32(address ^ first!)));
  expect(length, `pods' addresses, ${addresses.map(formatIpv4).join(", ")}`).toBeGreaterThan(1);
  return { address: (first! & prefixMask(length)) >>> 0, length };
}

/** Cyclonus' matrix without the pairs of a pod and itself, which it does not define. */
function expectedOf({ results }: CyclonusStep): Record<string, Matrix> {
  return Object.fromEntries(
    Object.entries(results).map(([key, { combined }]) => [
      key,
      combined.map((row, index) => `${row.slice(0, index)}-${row.slice(index + 1)}`),
    ]),
  );
}

describeWith(cyclonus, "the 115 cases of cyclonus", () => {
  it.each(CNI_NAMES)("let answers come back under %s, the reverse denied or not", (cni) => {
    const step = cyclonusCases()[0]!.steps[0]!;
    const arena = new Arena(cni, step);
    arena.apply(step);
    expect(arena.exchanges(step)).toEqual(expectedOf(step));
  });

  it.each(CNI_NAMES)("come out by packets under %s", (cni) => {
    const cases = cyclonusCases();
    const arenas: Arena[] = [];
    for (const { index, description, steps } of cases) {
      for (const [number, step] of steps.entries()) {
        let arena = arenas.find((candidate) => candidate.hasPodsOf(step));
        if (arena === undefined) arenas.push((arena = new Arena(cni, step)));
        arena.apply(step);
        expect(arena.matrices(step), `case ${index}, ${description}, step ${number}`).toEqual(expectedOf(step));
      }
    }
  });
});
