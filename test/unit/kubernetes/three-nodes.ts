/** A cluster of three nodes with two pods each, and who reaches whom in it. */
import { type Hop, HopRecorder } from "../../../src/datapath/index.ts";
import { Cluster, type ClusterOptions, type CniPlugin, type Endpoint } from "../../../src/kubernetes/index.ts";
import { describeFrame, formatIpv4 } from "../../../src/wire/index.ts";

export function createThreeNodes(cni: CniPlugin, options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({ cni, slotCount: 128, ...options });
  for (const number of [1, 2, 3])
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
  for (const number of [1, 2, 3])
    for (const letter of ["a", "b"]) cluster.addPod({ name: `pod-${number}${letter}`, node: `node-${number}` });
  return cluster;
}

/** `ip route` of a namespace: the main table, without what is local or broadcast. */
export function ipRoute({ host }: Endpoint): string[] {
  return host.namespace.routes
    .list()
    .map(String)
    .filter((text) => !/^(local|broadcast) /.test(text));
}

/** "pod-1a to pod-2b" of every pair, pods and nodes, of which no ping comes back, or whose datagram has another source. */
export function unreached(cluster: Cluster): string[] {
  const everybody: Endpoint[] = [...cluster.pods, ...cluster.nodes];
  const failures: string[] = [];
  for (const to of everybody) {
    const heard: number[] = [];
    const server = to.host.openUdp({ port: 5000, onMessage: ({ from }) => heard.push(from) });
    for (const from of everybody) {
      if (from === to) continue;
      heard.length = 0;
      const ping = from.host.ping(to.address);
      const client = from.host.openUdp({ onMessage: () => undefined });
      client.send(to.address, 5000, new Uint8Array(100));
      cluster.engine.run(cluster.engine.now + 1e6);
      const isPod = cluster.pods.some((pod) => pod === from);
      const isHeard = heard.length === 1 && (!isPod || heard[0] === from.address);
      client.close();
      if (ping.receivedCount !== 1 || !isHeard)
        failures.push(
          `${from.name} to ${to.name}: ${ping.receivedCount} replies, heard ${heard.map(formatIpv4).join()}`,
        );
    }
    server.close();
  }
  return failures;
}

/** What happens while `from` pings `to` for the second time: a line a hop, device, direction and comment; MACs by name. */
export function traceOfPing(cluster: Cluster, from: string, to: string, vxlanPorts: readonly number[]): string[] {
  const { engine } = cluster;
  const { host } = cluster.endpoint(from);
  const { address } = cluster.endpoint(to);
  host.ping(address);
  engine.run(engine.now + 1e9);
  const lines: string[] = [];
  const tell = ({ device, direction, comment, bytes }: Hop): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const frame = describeFrame(view, 0, bytes.length, { vxlanPorts }).replace(/, id \d+, .*/, "");
    const text = comment.replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, (mac) => ownerOf(cluster, mac));
    lines.push(`${device.fullName} ${direction} ${text} | ${frame}`);
  };
  engine.observer = new HopRecorder(engine, [{ hop: tell }]);
  host.ping(address);
  engine.run(engine.now + 1e9);
  engine.observer = null;
  return lines;
}

function ownerOf(cluster: Cluster, mac: string): string {
  const text = Number.parseInt(mac.replaceAll(":", ""), 16);
  const device = cluster.engine.devices.find((candidate) => candidate?.mac === text);
  return device === undefined || device === null ? mac : `<${device.fullName}>`;
}
