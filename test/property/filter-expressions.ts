/** Random filters: as text, and as what they say of a frame, told by an evaluator that knows nothing but its bytes. */
import fc from "fast-check";

/** Thrown by whoever reads behind the frame's end: nothing is selected then. */
const CUT = new Error("the frame ends too early");

/** A frame, and how far in a primitive looks. */
class Look {
  readonly bytes: Uint8Array;
  readonly tags: number;

  constructor(bytes: Uint8Array, tags: number) {
    this.bytes = bytes;
    this.tags = tags;
  }

  /** A big-endian number of `count` bytes. */
  read(offset: number, count: number): number {
    if (offset + count > this.bytes.length) throw CUT;
    return this.bytes.subarray(offset, offset + count).reduce((value, octet) => value * 256 + octet, 0);
  }

  get type(): number {
    return this.read(12 + 4 * this.tags, 2);
  }

  get network(): number {
    return 14 + 4 * this.tags;
  }

  /** Where ports are, if the protocol is one of these. */
  ports(...protocols: number[]): number | undefined {
    if (this.type === 0x86dd) return protocols.includes(this.read(this.network + 6, 1)) ? this.network + 40 : undefined;
    if (this.type !== 0x0800 || !protocols.includes(this.read(this.network + 9, 1))) return undefined;
    if (this.read(this.network + 6, 2) % 0x2000 !== 0) return undefined;
    return this.network + 4 * (this.read(this.network, 1) % 16);
  }

  inside(): Uint8Array | undefined {
    const udp = this.ports(17);
    if (udp === undefined || ![4789, 8472].includes(this.read(udp + 2, 2))) return undefined;
    return (this.read(udp + 8, 1) & 8) === 0 ? undefined : this.bytes.subarray(udp + 16);
  }
}

type Direction = "" | "src" | "dst" | "src or dst" | "dst and src";

const DIRECTIONS: readonly Direction[] = ["", "", "src", "dst", "src or dst", "dst and src"];

/** A primitive: its words, the value behind them if it takes one, and what it says of a frame. */
interface Primitive {
  readonly words: string;
  readonly value: string;
  readonly holds: (look: Look) => boolean;
}

function chosen(direction: Direction, holds: (isSource: boolean) => boolean): boolean {
  if (direction === "src") return holds(true);
  if (direction === "dst") return holds(false);
  return direction === "dst and src" ? holds(true) && holds(false) : holds(true) || holds(false);
}

function addressOf(look: Look, isSource: boolean): number {
  const isArp = look.type !== 0x0800;
  return look.read(look.network + (isArp ? (isSource ? 14 : 24) : isSource ? 12 : 16), 4);
}

const direction = fc.constantFrom(...DIRECTIONS);
const words = (...parts: string[]): string => parts.filter((part) => part !== "").join(" ");
const number = (dotted: string): number => dotted.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);

const bare: fc.Arbitrary<Primitive> = fc
  .constantFrom<[string, (look: Look) => boolean][]>(
    ["ip", ({ type }) => type === 0x0800],
    ["ip6", ({ type }) => type === 0x86dd],
    ["arp", ({ type }) => type === 0x0806],
    ["icmp", (look) => look.type === 0x0800 && look.read(look.network + 9, 1) === 1],
    ["tcp", (look) => look.type === 0x0800 && look.read(look.network + 9, 1) === 6],
    ["udp", (look) => look.type === 0x0800 && look.read(look.network + 9, 1) === 17],
  )
  .map(([name, holds]) => ({ words: name, value: "", holds }));

const ADDRESSES = ["10.244.1.5", "10.244.2.8", "10.244.1.1", "172.16.0.1", "192.168.1.10"];
const IP_TYPES: Readonly<Record<string, readonly number[]>> = {
  "": [0x0800, 0x0806, 0x8035],
  ip: [0x0800],
  arp: [0x0806],
};

const address: fc.Arbitrary<Primitive> = fc
  .tuple(fc.constantFrom("", "ip", "arp"), direction, fc.constantFrom(...ADDRESSES), fc.constantFrom(32, 32, 24, 16, 1))
  .map(([protocol, way, text, length]) => {
    const size = 2 ** (32 - length);
    const network = Math.floor(number(text) / size);
    const octets = [24, 16, 8, 0].map((shift) => Math.floor((network * size) / 2 ** shift) % 256).join(".");
    return {
      words: words(protocol, way, length === 32 ? "host" : "net"),
      value: length === 32 ? text : `${octets}/${length}`,
      holds: (look) =>
        IP_TYPES[protocol]!.includes(look.type) &&
        chosen(way, (isSource) => Math.floor(addressOf(look, isSource) / size) === network),
    };
  });

const ports: fc.Arbitrary<Primitive> = fc
  .tuple(
    fc.constantFrom("", "tcp", "udp"),
    direction,
    fc.constantFrom(8080, 4789, 9999, 2000, 34246, 80),
    fc.constantFrom(0, 0, 1, 3000),
  )
  .map(([protocol, way, first, more]) => ({
    words: words(protocol, way, more === 0 ? "port" : "portrange"),
    value: more === 0 ? `${first}` : `${first}-${first + more}`,
    holds: (look) => {
      const at = look.ports(...(protocol === "tcp" ? [6] : protocol === "udp" ? [17] : [6, 17, 132]));
      if (at === undefined) return false;
      return chosen(way, (isSource) => {
        const port = look.read(isSource ? at : at + 2, 2);
        return port >= first && port <= first + more;
      });
    },
  }));

const mac: fc.Arbitrary<Primitive> = fc
  .tuple(direction, fc.constantFrom("0a:58:0a:f4:01:05", "ff:ff:ff:ff:ff:ff", "02:00:00:00:01:0a"))
  .map(([way, text]) => ({
    words: words("ether", way, "host"),
    value: text,
    holds: (look) =>
      chosen(way, (isSource) => look.read(isSource ? 6 : 0, 6) === parseInt(text.replaceAll(":", ""), 16)),
  }));

type Item =
  | { readonly kind: "primitive"; readonly primitive: Primitive; readonly isShort: boolean }
  | { readonly kind: "vlan" | "vxlan"; readonly id: number | undefined }
  | { readonly kind: "group"; readonly chain: Chain };

interface Term {
  readonly nots: number;
  readonly item: Item;
}

export interface Chain {
  readonly first: Term;
  readonly rest: readonly { readonly isAnd: boolean; readonly term: Term }[];
}

const { chain } = fc.letrec<{ chain: Chain; term: Term; item: Item }>((tie) => ({
  item: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("primitive" as const),
        primitive: fc.oneof(bare, address, ports, mac),
        isShort: fc.boolean(),
      }),
    },
    fc.record({
      kind: fc.constantFrom("vlan" as const, "vxlan" as const),
      id: fc.option(fc.constantFrom(1, 10, 100), { nil: undefined }),
    }),
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("group" as const), chain: tie("chain") }) },
  ),
  term: fc.record({ nots: fc.constantFrom(0, 0, 0, 1, 2), item: tie("item") }),
  chain: fc.record({
    first: tie("term"),
    rest: fc.array(fc.record({ isAnd: fc.boolean(), term: tie("term") }), { maxLength: 3 }),
  }),
}));

/** The filter as text; words that the last primitive had too are left out where `isShort` says so. */
class Writer {
  #last = "";

  chain({ first, rest }: Chain): string {
    return [
      this.#term(first),
      ...rest.map(
        ({ isAnd, term }, index) => `${(isAnd ? ["and", "&&"] : ["or", "||"])[index % 2]} ${this.#term(term)}`,
      ),
    ].join(" ");
  }

  #term({ nots, item }: Term): string {
    return ["", "not ", "! !"][nots]! + this.#item(item);
  }

  #item(item: Item): string {
    if (item.kind === "group") {
      const before = this.#last;
      const text = `(${this.chain(item.chain)})`;
      this.#last = before;
      return text;
    }
    const before = this.#last;
    this.#last = "";
    if (item.kind !== "primitive") return words(item.kind, `${item.id ?? ""}`);
    const { primitive, isShort } = item;
    if (primitive.value === "") return primitive.words;
    this.#last = primitive.words;
    return isShort && before === primitive.words ? primitive.value : words(primitive.words, primitive.value);
  }
}

/**
 * What the filter says of a frame, read from its bytes. Where each item looks follows from the order of the text: behind
 * the tags before it, in the frame within the tunnels before it.
 */
export function judge(root: Chain, frame: Uint8Array): boolean {
  const tunnels: number[] = [];
  let tags = 0;
  const lookFrom = (outer: readonly number[], last: number) => (): Look | undefined => {
    let bytes: Uint8Array | undefined = frame;
    for (const count of outer) bytes = bytes && new Look(bytes, count).inside();
    return bytes && new Look(bytes, last);
  };
  const ofItem = (item: Item): (() => boolean) => {
    if (item.kind === "group") return ofChain(item.chain);
    const look = lookFrom([...tunnels], tags);
    const ask = (holds: (look: Look) => boolean) => () => {
      const found = look();
      return found !== undefined && holds(found);
    };
    if (item.kind === "primitive") return ask(item.primitive.holds);
    if (item.kind === "vlan") {
      tags++;
      return ask((found) => {
        if (![0x8100, 0x88a8, 0x9100].includes(found.type)) return false;
        return item.id === undefined || found.read(found.network, 2) % 4096 === item.id;
      });
    }
    tunnels.push(tags);
    tags = 0;
    return ask((found) => {
      if (found.inside() === undefined) return false;
      // The whole word is there or the frame ends before it, reserved bits included: so libpcap loads it.
      return item.id === undefined || Math.floor(found.read(found.ports(17)! + 12, 4) / 256) === item.id;
    });
  };
  const ofTerm = ({ nots, item }: Term): (() => boolean) => {
    const holds = ofItem(item);
    return nots === 1 ? () => !holds() : holds;
  };
  const ofChain = ({ first, rest }: Chain): (() => boolean) =>
    rest.reduce((holds, { isAnd, term }) => {
      const next = ofTerm(term);
      return isAnd ? () => holds() && next() : () => holds() || next();
    }, ofTerm(first));
  const holds = ofChain(root);
  try {
    return holds();
  } catch (error) {
    if (error !== CUT) throw error;
    return false;
  }
}

/** A filter drawn at random. */
export const filterChain: fc.Arbitrary<Chain> = chain;

/** Its text, in the words of pcap-filter(7). */
export function filterText(root: Chain): string {
  return new Writer().chain(root);
}
