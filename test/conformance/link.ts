/** One link for the ARP tests: a host or router at one end, a station that speaks no protocol at the other. */
import type { Namespace, NeighbourState, Veth } from "../../src/datapath/index.ts";
import { Host } from "../../src/host/index.ts";
import { ArpOperation, BROADCAST_MAC, EtherType, parseIpv4, parseMac } from "../../src/wire/index.ts";
import { arpFrame, type ArpMessage, isType, packet, readArp } from "./frames.ts";
import { attach, Lab } from "./lab.ts";

/** The neighbour that the tests play, and somebody who claims its address. */
export const NEIGHBOUR = { address: "192.0.2.9", mac: parseMac("02:00:00:00:00:09") } as const;
export const OTHER_MAC = parseMac("02:00:00:00:00:66");

export interface LinkLab {
  readonly lab: Lab;
  readonly namespace: Namespace;
  readonly host: Host;
  /** The host's device, 192.0.2.1/24. */
  readonly device: Veth;
  /** The far end. */
  readonly station: Veth;
}

export function buildLink(): LinkLab {
  const lab = new Lab();
  const namespace = lab.namespace("host");
  const [station, device] = attach(lab, namespace, "eth0");
  namespace.addAddress(device, "192.0.2.1/24");
  return { lab, namespace, host: new Host(namespace), device, station };
}

/** What the station has heard by ARP, and when in seconds. */
export function heardArp({ lab, station }: LinkLab): (ReturnType<typeof readArp> & { time: number })[] {
  return lab.log
    .of(station, "in")
    .filter(({ bytes }) => isType(EtherType.ARP)(bytes))
    .map(({ time, bytes }) => ({ time, ...readArp(bytes) }));
}

/** The station's frames of one kind since the log was cleared, with their time in seconds and destination MAC. */
export function heardPackets({ lab, station }: LinkLab): { time: number; to: number; bytes: Uint8Array }[] {
  return lab.log
    .of(station, "in")
    .filter(({ bytes }) => isType(EtherType.IPV4)(bytes))
    .map(({ time, bytes }) => ({ time, to: readArp(bytes).destination, bytes }));
}

/** The station says something by ARP. */
export function say(link: LinkLab, message: Partial<ArpMessage>, destination: number = BROADCAST_MAC): void {
  const whole = {
    operation: ArpOperation.REQUEST,
    senderHardware: NEIGHBOUR.mac,
    senderProtocol: NEIGHBOUR.address,
    targetProtocol: "192.0.2.1",
    ...message,
  };
  link.station.transmit(arpFrame(destination, whole));
  link.lab.run();
}

/** The station answers a request for the neighbour's address, in its name or somebody else's. */
export function answer(link: LinkLab, mac: number = NEIGHBOUR.mac): void {
  say(link, { operation: ArpOperation.REPLY, senderHardware: mac, targetHardware: link.device.mac }, link.device.mac);
}

/** A neighbour's state and MAC as the host has them, undefined when it has no entry. */
export function neighbour(
  { namespace, device }: LinkLab,
  address: string = NEIGHBOUR.address,
): { state: (typeof NeighbourState)[keyof typeof NeighbourState]; mac: number } | undefined {
  const { table } = namespace.neighbours;
  const index = table.find(device.index, parseIpv4(address));
  if (index < 0) return undefined;
  const state = table.state[index]! as (typeof NeighbourState)[keyof typeof NeighbourState];
  return { state, mac: (table.macHigh[index]! & 0xffff) * 2 ** 32 + (table.macLow[index]! >>> 0) };
}

/** The host sends packets to the neighbour, told apart by their identification. */
export function sendTo(link: LinkLab, count = 1, source = "192.0.2.1", destination: string = NEIGHBOUR.address): void {
  const { pool } = link.lab.engine;
  for (let identification = 1; identification <= count; identification++) {
    link.namespace.ipv4Output.push(pool.allocateFrom(packet({ source, destination, identification })));
  }
  link.lab.run();
}
