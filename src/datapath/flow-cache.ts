/**
 * What a namespace decided for a flow, kept, so that its next packets need not be decided on: the checks that
 * differ from packet to packet, one look into a table, and the headers that were made for the first of them.
 *
 * A flow is what shares a way in, an Ethernet header, type of service and addresses. Its record is made by asking
 * the devices (flow-plan.ts) when a packet of it comes that has none, and holds until something in the namespace
 * changes. That packet, and all that the record does not cover, go the long way, device by device, which decides
 * everything: drops, errors, fragments, learning, ARP. A record is used from the next rest of the engine on, and
 * a packet that has to leave the short way takes those behind it along, so that no flow's packets overtake each
 * other. For an observer that asks why, all packets go the long way.
 */
import { EtherType, ethernet, ipv4, udp, vxlan } from "../wire/index.ts";
import { tunnelledType } from "./flow-match-loops.ts";
import { FlowPlan, planForward, planOutput } from "./flow-plan.ts";
import { FlowKind, FlowWord, recordHeaders, recordTunnel } from "./flow-record.ts";
import type { FlowStore } from "./flow-store.ts";
import { FlowWays } from "./flow-ways.ts";
import { checkAddresses } from "./ipv4-input.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { checkReversePath } from "./reverse-path.ts";
import { RouteType } from "./route.ts";
import { tunnelAt } from "./vxlan-decapsulate.ts";
import type { VxlanDevice } from "./vxlan-device.ts";

const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { LONG_WAY, DELIVER, FORWARD, ENCAPSULATE, WRAP, UNWRAP } = FlowKind;
const { KIND, WAY, LIMIT } = FlowWord;

const HEADERS_LENGTH = ETHERNET_HEADER_LENGTH + ipv4.HEADER_LENGTH;
/** UDP's and VXLAN's. */
const UDP_AND_VXLAN_LENGTH = udp.HEADER_LENGTH + vxlan.HEADER_LENGTH;
const UDP_CHECKSUM = 6;
/** Of a frame: an IPv4 packet's source. */
const SOURCE_AT = 26;
const ECN_MASK = 3;
/** Version 4 and a header without options. */
const PLAIN_HEADER = 0x45;

type FlowKey = readonly [tag: number, type: number, source: number, destination: number];

export class FlowCache {
  private readonly namespace: Namespace;
  private readonly store: FlowStore;
  private readonly ways = new FlowWays();
  /** The namespace's count of changes for which the tags stand. */
  private changeCount = 0;
  /**
   * By device: the number that stands in keys for what it receives, or for what leaves in its tunnel, until something
   * changes. Two maps, since what follows in the key is different: a packet may have the addresses that the words of a
   * MAC would be.
   */
  private readonly receivedTags = new Map<NetDevice, number>();
  private readonly wrappedTags = new Map<NetDevice, number>();
  /** The same for packets that start here; 0 when none has been given. */
  private ownTag = 0;
  /** Records made since then. */
  private madeCount = 0;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.store = namespace.engine.flows;
  }

  /**
   * Takes frames that came up from `device`, each at least an Ethernet header long: those of known flows go their
   * way, the others move to the front. Returns the end of those.
   */
  receive(device: NetDevice, handles: Int32Array, first: number, end: number): number {
    if (!this.isInForce()) return end;
    const { headerLoops: loops, matchLoops, verdicts } = this.store;
    const { kinds } = verdicts;
    matchLoops.match(this.tagOf(this.receivedTags, device), device.macHigh, device.macLow, handles, first, end);
    let left = first;
    for (let i = first; i < end;) {
      const kind = kinds[i - first]!;
      if (kind === LONG_WAY) {
        handles[left++] = handles[i++]!;
      } else if (kind === DELIVER) {
        const next = loops.deliver(handles, i, end, i - first);
        this.namespace.udp.receiveAll(handles, i, next, device);
        i = next;
      } else if (kind === UNWRAP) {
        const next = loops.unwrap(handles, i, end, i - first);
        this.ways.send(this.store.words[verdicts.records[i - first]! + WAY]!, handles, i, next, 0);
        i = next;
      } else if (kind === FORWARD) {
        i = this.sendOff(kind, handles, i, loops.forward(handles, i, end, i - first), i - first);
      } else {
        const next = loops.encapsulate(handles, i, end, i - first, this.nextIdentification());
        i = this.sendOff(ENCAPSULATE, handles, i, next, i - first);
      }
    }
    for (let i = first; i < left; i++) this.consider(device, handles[i]!);
    return left;
  }

  /** The same for packets that start here, their IPv4 header first and complete but for its checksum. */
  send(handles: Int32Array, first: number, end: number): number {
    if (!this.isInForce()) return end;
    const { headerLoops: loops, matchLoops, verdicts } = this.store;
    const { kinds } = verdicts;
    matchLoops.matchOwn(this.tagOfOwn(), handles, first, end);
    let left = first;
    for (let i = first; i < end;) {
      const kind = kinds[i - first]!;
      if (kind === LONG_WAY) {
        handles[left++] = handles[i++]!;
      } else {
        const next =
          kind === FORWARD
            ? loops.send(handles, i, end, i - first)
            : loops.sendEncapsulated(handles, i, end, i - first, this.nextIdentification());
        i = this.sendOff(kind, handles, i, next, i - first);
      }
    }
    for (let i = first; i < left; i++) this.considerOwn(handles[i]!);
    return left;
  }

  /** The same for frames that leave through a tunnel, each at least an Ethernet header long, and counted there. */
  wrap(device: VxlanDevice, handles: Int32Array, first: number, end: number): number {
    if (!this.isInForce()) return end;
    const { headerLoops: loops, matchLoops, verdicts } = this.store;
    const { kinds } = verdicts;
    matchLoops.matchTunnel(this.tagOf(this.wrappedTags, device), handles, first, end);
    let left = first;
    for (let i = first; i < end;) {
      if (kinds[i - first] === LONG_WAY) {
        handles[left++] = handles[i++]!;
      } else {
        const next = loops.wrap(handles, i, end, i - first, this.nextIdentification());
        i = this.sendOff(WRAP, handles, i, next, i - first);
      }
    }
    for (let i = first; i < left; i++) this.considerFrame(device, handles[i]!);
    return left;
  }

  /** Sends a run that goes one way. `at`: position of its results. Returns its end. */
  private sendOff(kind: number, handles: Int32Array, first: number, end: number, at: number): number {
    const { words, verdicts } = this.store;
    if (kind !== FORWARD) this.namespace.skipIdentifications(end - first);
    this.ways.send(words[verdicts.records[at]! + WAY]!, handles, first, end, verdicts.sentBytes[0]!);
    return end;
  }

  private nextIdentification(): number {
    return (this.namespace.lastIdentification + 1) & 0xffff;
  }

  /** Whether records are to be used now. Those that a change has made void are not found any more. */
  private isInForce(): boolean {
    const { engine, changes } = this.namespace;
    if (engine.inquirer !== null) return false;
    if (this.changeCount !== changes.count) {
      this.store.abandon(this.madeCount);
      this.madeCount = 0;
      this.changeCount = changes.count;
      this.receivedTags.clear();
      this.wrappedTags.clear();
      this.ownTag = 0;
      this.ways.clear();
    }
    this.store.expire(engine.now);
    return true;
  }

  private tagOf(tags: Map<NetDevice, number>, device: NetDevice): number {
    const known = tags.get(device);
    if (known !== undefined) return known;
    const tag = this.store.nextTag();
    tags.set(device, tag);
    return tag;
  }

  private tagOfOwn(): number {
    if (this.ownTag === 0) this.ownTag = this.store.nextTag();
    return this.ownTag;
  }

  /** Makes the record of a frame's flow, if it can have one and has none. */
  private consider(device: NetDevice, handle: number): void {
    const { namespace } = this;
    const { view, start, length } = namespace.engine.pool;
    const offset = start[handle]!;
    const network = offset + ETHERNET_HEADER_LENGTH;
    if (length[handle]! < HEADERS_LENGTH || view.getUint8(network) !== PLAIN_HEADER) return;
    const isForUs = view.getUint16(offset) === device.macHigh && view.getInt32(offset + 2) === device.macLow;
    if (!isForUs || view.getUint16(offset + 12) !== EtherType.IPV4) return;
    const destination = view.getInt32(network + 16);
    const tag = this.tagOf(this.receivedTags, device);
    const key: FlowKey = [tag, view.getInt32(offset + 12), view.getInt32(network + 12), destination];
    if (this.isKnown(key) || !this.store.hasRoom()) return;
    if (checkAddresses(namespace, device, view, network) !== 0) return;
    if (checkReversePath(namespace, device, view.getInt32(network + 12)) !== 0) return;
    const plan = new FlowPlan(view.getUint8(network + 1));
    if (namespace.routes.lookup(destination).type === RouteType.LOCAL) this.recordDelivery(key, plan, handle);
    else if (namespace.forwarding && planForward(plan, namespace, destination)) this.record(key, plan, kindOf(plan));
  }

  /**
   * Packets of a tunnel go to its device at once, if they need no closer look: at their checksum, at congestion, or at
   * where they come from.
   */
  private recordDelivery(key: FlowKey, plan: FlowPlan, handle: number): void {
    const { view, start, length } = this.namespace.engine.pool;
    const datagram = start[handle]! + HEADERS_LENGTH;
    const hasPlainTunnelHeaders =
      length[handle]! >= HEADERS_LENGTH + UDP_AND_VXLAN_LENGTH && view.getUint16(datagram + UDP_CHECKSUM) === 0;
    const device = hasPlainTunnelHeaders
      ? tunnelAt(this.namespace, view.getUint16(datagram + 2), view.getUint32(datagram + 12) >>> 8)
      : undefined;
    const isOfPeer = device?.peers?.addresses.has(view.getUint32(start[handle]! + SOURCE_AT)) !== false;
    if (device === undefined || device.learning || !isOfPeer || (plan.typeOfService & ECN_MASK) !== 0) {
      this.record(key, plan, DELIVER);
    } else {
      plan.exit = device.receiver;
      recordTunnel(this.store.words, this.record(key, plan, UNWRAP), device);
    }
  }

  private considerOwn(handle: number): void {
    const { view, start } = this.namespace.engine.pool;
    const offset = start[handle]!;
    if (view.getUint8(offset) !== PLAIN_HEADER) return;
    const destination = view.getInt32(offset + 16);
    const key: FlowKey = [this.tagOfOwn(), view.getUint16(offset), 0, destination];
    if (this.isKnown(key) || !this.store.hasRoom()) return;
    const plan = new FlowPlan(view.getUint8(offset + 1));
    if (planOutput(plan, this.namespace, destination)) this.record(key, plan, kindOf(plan));
  }

  private considerFrame(device: VxlanDevice, handle: number): void {
    const { view, start, length } = this.namespace.engine.pool;
    const offset = start[handle]!;
    const isPacket = length[handle]! >= HEADERS_LENGTH;
    const type = isPacket ? tunnelledType(view.getInt32(offset + 12)) : 0;
    const tag = this.tagOf(this.wrappedTags, device);
    const key: FlowKey = [tag, type, view.getUint16(offset + 4), view.getInt32(offset)];
    if (this.isKnown(key) || !this.store.hasRoom()) return;
    const plan = new FlowPlan((type >>> 0) & 0xff);
    plan.header = { macHigh: view.getUint16(offset), macLow: view.getInt32(offset + 2), device };
    if (!device.planOutput(plan)) return;
    plan.hops.shift(); // the device itself, which has counted the frame
    this.record(key, plan, WRAP);
  }

  /** Whether the flow has a record; if it has, and is one that packets had to leave, it rests. */
  private isKnown(key: FlowKey): boolean {
    const at = this.store.find(...key);
    if (at !== 0 && this.store.words[at + KIND] === LONG_WAY) this.store.hold(at);
    return at !== 0;
  }

  private record(key: FlowKey, plan: FlowPlan, kind: number): number {
    const { store } = this;
    const at = store.make(...key);
    this.madeCount++;
    store.words[at + LIMIT] = plan.limit;
    if (plan.exit !== null) store.words[at + WAY] = this.ways.numberOf(plan);
    if (plan.header !== null) recordHeaders(store.words, at, plan.header, plan);
    store.plan(at, kind, plan.lifetime);
    return at;
  }
}

/** What is done with packets that leave as planned. */
function kindOf({ tunnel }: FlowPlan): number {
  return tunnel === null ? FORWARD : ENCAPSULATE;
}
