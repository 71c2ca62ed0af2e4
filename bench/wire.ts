/** The codecs: check, read and write the headers of a UDP packet. */
import { ethernet, EtherType, ipv4, Protocol, udp } from "../src/wire/index.ts";
import type { Bench } from "./bench.ts";
import { eachFrame, FIRST_DESTINATION, FIRST_PORT, FRAME_COUNT, type FrameStep, SOURCE } from "./frames.ts";

const NETWORK = ethernet.HEADER_LENGTH;
const TRANSPORT = NETWORK + ipv4.HEADER_LENGTH;
const FRAME_LENGTH = 60;

// Module constants: V8 folds these, but not what it reads through another module's object.
const { check: checkEthernet, write: writeEthernet } = ethernet;
const { check: checkIpv4, destination, write: writeIpv4 } = ipv4;
const { check: checkUdp, destinationPort, HEADER_LENGTH: UDP_HEADER_LENGTH, sourcePort, write: writeUdp } = udp;
const { IPV4 } = EtherType;
const { UDP } = Protocol;

const check: FrameStep = (view, offset) => {
  const end = offset + FRAME_LENGTH;
  const isRight =
    checkEthernet(view, offset, end) === 0 &&
    checkIpv4(view, offset + NETWORK, end) === 0 &&
    checkUdp(view, offset + TRANSPORT, end) === 0;
  return isRight ? 1 : 0;
};

const read: FrameStep = (view, offset) =>
  (destination(view, offset + NETWORK) | 0) +
  sourcePort(view, offset + TRANSPORT) +
  destinationPort(view, offset + TRANSPORT);

/** Each frame becomes the one that is as far from the end. */
const write: FrameStep = (view, offset, i) => {
  writeEthernet(view, offset, { destination: 2, source: 4, etherType: IPV4 });
  writeIpv4(view, offset + NETWORK, {
    totalLength: FRAME_LENGTH - NETWORK,
    timeToLive: 64,
    protocol: UDP,
    source: SOURCE,
    destination: FIRST_DESTINATION,
  });
  return writeUdp(view, offset + TRANSPORT, {
    sourcePort: FIRST_PORT + FRAME_COUNT - 1 - i,
    destinationPort: 9000,
    datagramLength: FRAME_LENGTH - TRANSPORT,
  });
};

/** The same sum, when checks and ports find the frame right. */
const written: FrameStep = (view, offset, i) => {
  const isRight =
    check(view, offset, i) === 1 && sourcePort(view, offset + TRANSPORT) === FIRST_PORT + FRAME_COUNT - 1 - i;
  return isRight ? UDP_HEADER_LENGTH : 0;
};

export const wire: Bench = {
  question: "What do the codecs cost: Ethernet, IPv4 and UDP of one frame?",
  operation: "frame",
  varies: [],
  cases: () => [
    eachFrame(
      "no work",
      [FRAME_LENGTH],
      (view, offset) => view.getUint8(offset),
      () => 0x02,
    ),
    eachFrame("check, with the header checksum", [FRAME_LENGTH], check, () => 1),
    eachFrame("read address and ports", [FRAME_LENGTH], read, (_view, _offset, i) => {
      return FIRST_DESTINATION + i + (FIRST_PORT + i) + 9000;
    }),
    eachFrame("write, with the header checksum", [FRAME_LENGTH], write, written),
  ],
};
