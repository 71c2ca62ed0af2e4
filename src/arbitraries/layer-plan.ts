/** Single layers as arbitraries, to be put together. */
import fc from "fast-check";
import { arbitraryOf, type Choice } from "./choice.ts";
import type { LayerFields, LayerPlan, LayerProtocol } from "./frame-layer.ts";

/** An 802.2 header that says SNAP, and the experimental EtherType in it (RFC 1042). */
const SNAP_HEADER = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x88, 0xb5];

/** A header with these fields. */
export function layerPlan<Protocol extends LayerProtocol>(
  protocol: Protocol,
  fields: fc.Arbitrary<LayerFields[Protocol]>,
): fc.Arbitrary<LayerPlan> {
  return fields.map((own) => ({ protocol, fields: own }) as LayerPlan);
}

/** A payload; `type`: its EtherType or IP protocol, where that is not to be the experiments'. */
export function payloadPlan(bytes: Choice<Uint8Array>, type?: Choice<number>): fc.Arbitrary<LayerPlan> {
  if (type === undefined) return arbitraryOf(bytes).map((own) => ({ protocol: "payload", fields: { bytes: own } }));
  return fc
    .tuple(arbitraryOf(bytes), arbitraryOf(type))
    .map(([own, ownType]) => ({ protocol: "payload", fields: { bytes: own, type: ownType } }));
}

/** A payload behind an 802.2 and a SNAP header, its length in place of a type. */
export function snapPlan(bytes: Choice<Uint8Array>): fc.Arbitrary<LayerPlan> {
  return arbitraryOf(bytes).map((own) => {
    const content = Uint8Array.from([...SNAP_HEADER, ...own]);
    return { protocol: "payload", fields: { bytes: content, type: content.length } };
  });
}
