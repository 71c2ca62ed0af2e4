/** The far end of a cable as a test plays it: every segment is written by hand, and every answer is read. */
import {
  createVethPair,
  Engine,
  type EngineOptions,
  Namespace,
  Stage,
  type StageWork,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { ipv4, parseIpv4, Protocol, tcp, TcpFlag } from "../../../src/wire/index.ts";

export const HOST = parseIpv4("10.0.0.1");
export const PEER = parseIpv4("10.0.0.2");
export const PEER_PORT = 5000;

const { ACK, FIN, PSH, RST, SYN } = TcpFlag;

/** A segment as the host sent it, numbers counted from the initial ones on: `[S.] 0 ack 1`. */
export interface Heard {
  readonly time: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly payload: Uint8Array;
  readonly options: tcp.TcpOption[];
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly dontFragment: boolean;
}

/** What a test sends; numbers are absolute. */
export interface Said {
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly payload?: Uint8Array;
  readonly options?: Uint8Array;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly destination?: number;
  /** What is added to the checksum. */
  readonly corruption?: number;
}

export interface PeerOptions extends EngineOptions {
  readonly mtu?: number;
}

/** A host with TCP at one end of a cable, and a test at the other. */
export class TcpPeer implements StageWork {
  readonly engine: Engine;
  readonly host: Host;
  readonly heard: Heard[] = [];
  /** What the next segment says if it does not say otherwise. */
  port = 0;
  sequence = 1000;
  acknowledgment = 0;
  window = 65_535;
  readonly #namespace: Namespace;

  constructor({ mtu = 1500, ...options }: PeerOptions = {}) {
    this.engine = new Engine({ slotCount: 512, ...options });
    const near = new Namespace(this.engine, "a");
    this.#namespace = new Namespace(this.engine, "b");
    const [nearEnd, farEnd] = createVethPair(
      { namespace: near, name: "eth0", mtu },
      { namespace: this.#namespace, name: "eth0", mtu },
    );
    near.addAddress(nearEnd, "10.0.0.1/24");
    this.#namespace.addAddress(farEnd, "10.0.0.2/24");
    this.host = new Host(near);
    this.#namespace.protocols.set(Protocol.TCP, new Stage(this.engine, this));
  }

  get namespace(): Namespace {
    return this.#namespace;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const { pool } = this.engine;
    for (let i = first; i < end; i++) {
      const offset = pool.start[handles[i]!]!;
      const header = offset + ipv4.headerLength(pool.view, offset);
      const last = offset + pool.length[handles[i]!]!;
      if (!tcp.verifyChecksum(pool.view, offset, header, last))
        throw new Error("expected a right checksum, found none");
      this.heard.push({
        time: this.engine.now,
        sequence: tcp.sequenceNumber(pool.view, header),
        acknowledgment: tcp.acknowledgmentNumber(pool.view, header),
        flags: tcp.flags(pool.view, header),
        window: tcp.window(pool.view, header),
        payload: pool.bytes.slice(header + tcp.headerLength(pool.view, header), last),
        options: tcp.options(pool.view, header).map((place) => tcp.readOption(pool.view, place)),
        sourcePort: tcp.sourcePort(pool.view, header),
        destinationPort: tcp.destinationPort(pool.view, header),
        dontFragment: ipv4.dontFragment(pool.view, offset),
      });
      this.engine.deliver(handles[i]!);
    }
  }

  /** Sends one segment, lets packets move, and returns what the host answered at this instant. */
  say(segment: Said): Heard[] {
    const before = this.heard.length;
    const { payload = new Uint8Array(0), options = new Uint8Array(0), corruption = 0 } = segment;
    const length = ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH + options.length + payload.length;
    const { pool } = this.engine;
    const handle = pool.allocate(length);
    const offset = pool.start[handle]!;
    ipv4.write(pool.view, offset, {
      totalLength: length,
      protocol: Protocol.TCP,
      timeToLive: 64,
      source: PEER,
      destination: segment.destination ?? HOST,
    });
    const header = offset + ipv4.HEADER_LENGTH;
    const headerLength = tcp.write(pool.view, header, {
      sourcePort: segment.sourcePort ?? PEER_PORT,
      destinationPort: segment.destinationPort ?? this.port,
      sequenceNumber: (segment.sequence ?? this.sequence) >>> 0,
      acknowledgmentNumber: (segment.acknowledgment ?? this.acknowledgment) >>> 0,
      flags: segment.flags ?? ACK,
      window: segment.window ?? this.window,
      options,
    });
    pool.bytes.set(payload, header + headerLength);
    tcp.updateChecksum(pool.view, offset, header, offset + length);
    if (corruption !== 0)
      tcp.setSegmentChecksum(pool.view, header, (tcp.segmentChecksum(pool.view, header) + corruption) & 0xffff);
    this.#namespace.ipv4Output.push(handle);
    this.settle();
    return this.heard.slice(before);
  }

  /** Lets packets move, and no time pass. */
  settle(): void {
    this.engine.run(this.engine.now);
  }

  /** Lets time pass, in milliseconds, and returns what was heard meanwhile. */
  wait(milliseconds: number): Heard[] {
    const before = this.heard.length;
    this.engine.run(this.engine.now + milliseconds * 1e6);
    return this.heard.slice(before);
  }

  /** Does something on the host, and returns what it sent at once. */
  after(action: () => void): Heard[] {
    const before = this.heard.length;
    action();
    this.settle();
    return this.heard.slice(before);
  }

  /** Shakes hands with a port that listens: what is said from now on continues that connection. */
  open(port: number, options: Said = {}): Heard {
    this.port = port;
    const [answer] = this.say({ flags: SYN, ...options });
    if (answer === undefined) throw new Error("expected SYN to be answered, found silence");
    this.sequence = (this.sequence + 1) >>> 0;
    this.acknowledgment = (answer.sequence + 1) >>> 0;
    this.say({});
    return answer;
  }
}

/** A segment in short: `S.`, its sequence and acknowledgment counted from `peer`'s, and its length. */
export function inShort({ flags, payload }: Heard): string {
  return `${tcp.flagsText(flags)} ${payload.length}`;
}

export const Flags = { ACK, FIN, PSH, RST, SYN, SYN_ACK: SYN | ACK, FIN_ACK: FIN | ACK, RST_ACK: RST | ACK } as const;

export const SYN_OPTIONS: Uint8Array = tcp.buildOptions([
  { name: "maximumSegmentSize", size: 1460 },
  { name: "nop" },
  { name: "windowScale", shift: 7 },
]);
