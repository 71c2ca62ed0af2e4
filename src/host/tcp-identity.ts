/** Which connection a segment belongs to, and with which number one starts. */
import { hashPair } from "../bytes/hash.ts";
import type { Engine } from "../datapath/index.ts";
import type { TcpControlBlock } from "./tcp-control-block.ts";
import type { TcpEndpoints } from "./tcp-segment.ts";

/** RFC 9293 section 3.4.1: the number goes up by one in 4 microseconds. */
const NANOSECONDS_PER_NUMBER = 4_000;

/** Initial sequence numbers as RFC 6528 has them: a clock, and a hash of both ends with a secret of the engine's seed. */
export class InitialSequence {
  readonly #engine: Engine;
  #secret: number | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  next(ends: TcpEndpoints): number {
    // Drawn when the first is needed: who never speaks TCP takes nothing from the engine's sequence.
    this.#secret ??= this.#engine.random();
    const addresses = hashPair(ends.localAddress ^ this.#secret, ends.remoteAddress);
    const ports = hashPair(addresses ^ (addresses >>> 16), (ends.localPort << 16) | ends.remotePort);
    const mixed = hashPair(ports ^ (ports >>> 15), this.#secret);
    return (Math.floor(this.#engine.now / NANOSECONDS_PER_NUMBER) + mixed) >>> 0;
  }
}

/** Connections by both of their ends. */
export class ConnectionTable {
  readonly #byLocal = new Map<number, Map<number, TcpControlBlock>>();
  /** All of them, the oldest first. */
  readonly all: Set<TcpControlBlock> = new Set();

  find(ends: TcpEndpoints): TcpControlBlock | undefined {
    return this.#byLocal.get(localKey(ends))?.get(remoteKey(ends));
  }

  add(block: TcpControlBlock): void {
    const key = localKey(block.ends);
    let remotes = this.#byLocal.get(key);
    if (remotes === undefined) this.#byLocal.set(key, (remotes = new Map()));
    remotes.set(remoteKey(block.ends), block);
    this.all.add(block);
  }

  remove(block: TcpControlBlock): void {
    if (!this.all.delete(block)) return;
    const key = localKey(block.ends);
    const remotes = this.#byLocal.get(key);
    remotes?.delete(remoteKey(block.ends));
    if (remotes?.size === 0) this.#byLocal.delete(key);
  }
}

function localKey(ends: TcpEndpoints): number {
  return ends.localAddress * 0x1_0000 + ends.localPort;
}

function remoteKey(ends: TcpEndpoints): number {
  return ends.remoteAddress * 0x1_0000 + ends.remotePort;
}
