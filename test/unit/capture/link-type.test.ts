import { describe, expect, it } from "vitest";
import { LinkType, linkTypeName } from "../../../src/capture/link-type.ts";

describe("link types have the registry's names", () => {
  it.each(Object.entries(LinkType))("%s", (name, linkType) => expect(linkTypeName(linkType)).toBe(name));

  it.each([
    [9, "PPP"],
    [10, "FDDI"],
    [12, "RAW"],
    [51, "PPP_ETHER"],
    [104, "C_HDLC"],
    [127, "IEEE802_11_RADIOTAP"],
    [147, "USER0"],
    [162, "USER15"],
    [189, "USB_LINUX"],
    [207, "LAPB_WITH_DIR"],
    [209, "I2C_LINUX"],
    [231, "DBUS"],
    [249, "USBPCAP"],
    [281, "DSA_TAG_BRCM"],
    [304, "DECT_NR_TAP"],
  ])("%i", (linkType, name) => expect(linkTypeName(linkType)).toBe(name));

  it.each([11, 13, 208, 305, 65_535])("but %i, which has none", (linkType) =>
    expect(linkTypeName(linkType)).toBe(`link type ${linkType}`),
  );
});
