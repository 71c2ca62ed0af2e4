/**
 * Weave Net's fast datapath: an Open vSwitch datapath of three vports (its own device `datapath`, the veth end
 * `vethwe-datapath`, the tunnel `vxlan-6784`) whose flows the weave router decides on (github.com/weaveworks/weave,
 * router/fastdp.go and network_router.go).
 *
 *     weave bridge == vethwe-datapath --> learn port --> port of the destination known? --> that port
 *                                                          | behind the router       | no
 *                                                          v                         v
 *     peers <== vxlan-6784 <-- learn peer <-- its peer, or all     the other ports and the router
 *
 * Real flows are decided for the first packet and kept in the kernel; here every packet is decided on.
 */
import {
  type ExternalVxlanDevice,
  type Namespace,
  NetDevice,
  type NetDeviceOptions,
  Stage,
  type StageWork,
} from "../datapath/index.ts";
import { BROADCAST_MAC, DropReason, ethernet, formatMac } from "../wire/index.ts";
import { WeaveMacTable } from "./weave-mac-table.ts";
import { type WeaveMesh, type WeavePeer, weaveVni } from "./weave-mesh.ts";

/** Ports by number. The router is where remote MACs are; the others are devices. */
const ROUTER = 0;
const INTERNAL = 1;
const BRIDGE = 2;
/** No port: what a table answers that does not know, and where what no port takes goes. */
const UNKNOWN = -1;
const NOWHERE = -1;

/** 01:80:c2:00:00:00, spanning tree's group, which stays on its node. */
const SPANNING_TREE_HIGH = 0x0180;
const SPANNING_TREE_LOW = 0xc2000000 | 0;

const NOBODY: readonly WeavePeer[] = [];

export interface WeaveMacEntry {
  readonly mac: number;
  /** A device of the node, or the peer that has it. */
  readonly at: string;
}

export class WeaveDatapath extends NetDevice {
  override readonly kind = "openvswitch";
  override readonly output: Stage;
  readonly mesh: WeaveMesh;
  readonly peer: WeavePeer;
  /** The veth end that leads to the bridge. */
  readonly bridgeEnd: NetDevice;
  readonly tunnel: ExternalVxlanDevice;
  readonly #ports: WeaveMacTable;
  readonly #macs: WeaveMacTable;

  /** Takes the frames of `bridgeEnd` and `tunnel`. */
  constructor(
    namespace: Namespace,
    options: NetDeviceOptions,
    mesh: WeaveMesh,
    peer: WeavePeer,
    bridgeEnd: NetDevice,
    tunnel: ExternalVxlanDevice,
  ) {
    super(namespace, options);
    this.mesh = mesh;
    this.peer = peer;
    this.bridgeEnd = bridgeEnd;
    this.tunnel = tunnel;
    this.#ports = new WeaveMacTable(this.engine);
    this.#macs = new WeaveMacTable(this.engine);
    this.output = new Stage(this.engine, {
      run: (handles, first, end) => {
        const kept = this.admitSent(handles, first, end, this.longestFrame);
        for (let i = first; i < kept; i++) this.#receiveLocal(INTERNAL, handles[i]!);
      },
    });
    this.handler = forEach((handle) => this.#ignore(handle));
    bridgeEnd.handler = forEach((handle) => this.#receiveLocal(BRIDGE, handle));
    tunnel.handler = forEach((handle) => this.#receiveTunnel(handle));
  }

  override get description(): string {
    return `openvswitch datapath of weave peer ${formatMac(this.peer.name)}, short id ${this.peer.shortId}`;
  }

  /** The devices that the datapath has taken as ports, beside itself. */
  get vports(): readonly NetDevice[] {
    return [this.bridgeEnd, this.tunnel];
  }

  /** Which ports MACs are behind: those of other nodes behind the router. */
  listPorts(): WeaveMacEntry[] {
    return this.#ports.list().map(({ mac, place }) => ({ mac, at: this.#portName(place) }));
  }

  /** Which peers MACs are at, as `weave report` tells; the local ones at this peer. */
  listMacs(): WeaveMacEntry[] {
    return this.#macs.list().map(({ mac, place }) => ({ mac, at: this.mesh.peers[place]!.nickName }));
  }

  #portName(number: number): string {
    return number === ROUTER ? "router" : number === INTERNAL ? this.name : this.bridgeEnd.name;
  }

  /** Nobody listens on the datapath's own device, which has no address. */
  #ignore(handle: number): void {
    const { pool, inquirer } = this.engine;
    const isGroup = (pool.view.getUint8(pool.start[handle]!) & 1) === 1;
    inquirer?.explain(handle, `${this.name} has no address: ignored`);
    if (isGroup) this.engine.consume(handle);
    else this.engine.drop(handle, DropReason.OTHERHOST, this);
  }

  /** A frame from this node. */
  #receiveLocal(ingress: number, handle: number): void {
    this.#learnPort(handle, ingress);
    const port = this.#destinationPort(handle);
    // What came from the bridge is not sent back there (isHairpinFlow).
    if (port === ingress) this.#spread(handle, NOBODY, NOWHERE);
    else if (port > ROUTER) this.#spread(handle, NOBODY, port);
    else this.#spread(handle, this.#peersFor(handle), port === ROUTER ? NOWHERE : otherThan(ingress));
  }

  /** The router's decision on a frame of this node (handleCapturedPacket): the destination's peer, or all. */
  #peersFor(handle: number): readonly WeavePeer[] {
    const { view, start } = this.engine.pool;
    const offset = start[handle]!;
    const owner = this.#macs.find(view.getUint16(offset + 6), view.getInt32(offset + 8));
    if (owner >= 0 && owner !== this.peer.index) return NOBODY; // a frame of another peer that came back
    this.#macs.learn(view.getUint16(offset + 6), view.getInt32(offset + 8), this.peer.index);
    if (view.getUint16(offset) === SPANNING_TREE_HIGH && view.getInt32(offset + 2) === SPANNING_TREE_LOW) return NOBODY;
    const known = this.#destinationPeer(handle);
    if (known === this.peer) return NOBODY;
    return known === undefined ? this.mesh.peers.filter((peer) => peer !== this.peer) : [known];
  }

  /** A frame from another peer, whose VNI says from whom and to whom (handleForwardedPacket). */
  #receiveTunnel(handle: number): void {
    const { engine, mesh, tunnel } = this;
    const vni = tunnel.vniOf(handle);
    const source = mesh.sourceOf(vni);
    const destination = mesh.destinationOf(vni);
    if (source === undefined || destination === undefined) {
      engine.inquirer?.explain(handle, `${this.name}: VNI ${vni} names no two peers`);
      engine.drop(handle, DropReason.VXLAN_VNI_NOT_FOUND, this);
      return;
    }
    const names = `${source.nickName} (short id ${source.shortId}) to ${destination.nickName} (${destination.shortId})`;
    engine.inquirer?.explain(handle, `${this.name}: from peer ${names}`);
    if (destination !== this.peer) tunnel.send(handle, vni, destination.address);
    else this.#inject(handle, source);
  }

  #inject(handle: number, source: WeavePeer): void {
    const { view, start } = this.engine.pool;
    const offset = start[handle]!;
    this.#macs.learn(view.getUint16(offset + 6), view.getInt32(offset + 8), source.index);
    this.#learnPort(handle, ROUTER);
    const port = this.#destinationPort(handle);
    if (port !== UNKNOWN) {
      this.#spread(handle, NOBODY, port === ROUTER ? NOWHERE : port);
      return;
    }
    this.#explain(handle, NOBODY, [this.bridgeEnd, this]);
    this.#pushClone(handle, INTERNAL);
    this.#push(handle, BRIDGE);
  }

  /** A MAC is learned where it is seen first, and stays there until it is forgotten. */
  #learnPort(handle: number, port: number): void {
    const { view, start } = this.engine.pool;
    const offset = start[handle]!;
    const high = view.getUint16(offset + 6);
    const low = view.getInt32(offset + 8);
    const known = this.#ports.find(high, low);
    this.#ports.learn(high, low, known === UNKNOWN ? port : known);
  }

  #destinationPort(handle: number): number {
    const { view, start } = this.engine.pool;
    return this.#ports.find(view.getUint16(start[handle]!), view.getInt32(start[handle]! + 2));
  }

  #destinationPeer(handle: number): WeavePeer | undefined {
    const { view, start } = this.engine.pool;
    return this.mesh.peers[this.#macs.find(view.getUint16(start[handle]!), view.getInt32(start[handle]! + 2))];
  }

  /** To peers and a port: clones for all but the last, which gets the frame. */
  #spread(handle: number, peers: readonly WeavePeer[], port: number): void {
    const { engine } = this;
    this.#explain(handle, peers, port === NOWHERE ? [] : [port === INTERNAL ? this : this.bridgeEnd]);
    const last = peers.at(-1);
    if (last === undefined) {
      if (port === NOWHERE) engine.drop(handle, DropReason.OVS_DROP_LAST_ACTION, this);
      else this.#push(handle, port);
      return;
    }
    if (port !== NOWHERE) this.#pushClone(handle, port);
    for (let i = 0; i < peers.length - 1; i++) {
      const copy = engine.clone(handle);
      if (copy >= 0) this.#sendTo(copy, peers[i]!);
      else this.countDrop(DropReason.NOMEM);
    }
    this.#sendTo(handle, last);
  }

  #sendTo(handle: number, peer: WeavePeer): void {
    this.tunnel.send(handle, weaveVni(this.peer, peer), peer.address);
  }

  #pushClone(handle: number, port: number): void {
    const copy = this.engine.clone(handle);
    if (copy >= 0) this.#push(copy, port);
    else this.countDrop(DropReason.NOMEM);
  }

  #push(handle: number, port: number): void {
    if (port === INTERNAL) this.receiver.push(handle);
    else this.bridgeEnd.output.push(handle);
  }

  #explain(handle: number, peers: readonly WeavePeer[], ports: readonly NetDevice[]): void {
    const { pool, inquirer } = this.engine;
    if (inquirer === null) return;
    const mac = ethernet.destination(pool.view, pool.start[handle]!);
    const places = [...ports.map((port) => port.name), ...peers.map((peer) => `peer ${peer.nickName}`)].join(", ");
    const isKnown = this.#destinationPort(handle) !== UNKNOWN || this.#destinationPeer(handle) !== undefined;
    const what = mac === BROADCAST_MAC ? "broadcast" : `${formatMac(mac)} is ${isKnown ? "known" : "unknown"}`;
    inquirer.explain(handle, `${this.name}: ${what}, ${places === "" ? "to nobody" : `to ${places}`}`);
  }
}

function otherThan(port: number): number {
  return port === BRIDGE ? INTERNAL : BRIDGE;
}

function forEach(take: (handle: number) => void): StageWork {
  return {
    run: (handles, first, end) => {
      for (let i = first; i < end; i++) take(handles[i]!);
    },
  };
}
