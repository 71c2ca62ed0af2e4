/** Ports of a policy file: of networking.k8s.io/v1, and of policy.networking.k8s.io/v1alpha1. */
import type { JsonReading } from "./cluster-file-object.ts";
import type { PolicyPort, PolicyProtocol } from "./network-policy.ts";
import { checkFields, onlyField } from "./policy-file-fields.ts";

const PROTOCOLS: readonly PolicyProtocol[] = ["TCP", "UDP", "SCTP"];
const PORT_LIMIT = 65_535;

/** A port's name (RFC 6335 section 5.1): at most 15 lower-case letters, digits and single dashes, and a letter. */
const PORT_NAME = /^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
const PORT_NAME_LIMIT = 15;
const EXPECTED_NAME = "a port's name of at most 15 lower-case letters, digits and dashes";

/** One entry of a NetworkPolicy's ports. */
export function readPort(reading: JsonReading): PolicyPort {
  checkFields(reading, ["protocol", "port", "endPort"]);
  const protocol = readProtocol(reading);
  const port = readPortOrName(reading);
  if (!reading.has("endPort")) return { protocol, port, endPort: null };
  if (port === null) reading.fail("endPort", "no endPort without a port");
  if (typeof port === "string") reading.fail("endPort", `no endPort with a port by name ("${port}")`);
  const endPort = reading.integer("endPort", 1, PORT_LIMIT)!;
  if (endPort < port) reading.fail("endPort", `at least the port, ${port}`);
  return { protocol, port, endPort };
}

function readPortOrName(reading: JsonReading): number | string | null {
  if (!reading.has("port")) return null;
  const value = reading.value["port"];
  if (typeof value !== "string") return reading.integer("port", 1, PORT_LIMIT)!;
  if (!isPortName(value)) reading.fail("port", `a number from 1 to ${PORT_LIMIT}, or ${EXPECTED_NAME}`);
  return value;
}

/** TCP where none is given; an empty text is none of them. */
function readProtocol(reading: JsonReading): PolicyProtocol {
  if (!reading.has("protocol")) return "TCP";
  return reading.oneOf("protocol", PROTOCOLS) ?? reading.fail("protocol", PROTOCOLS.join(" or "));
}

function isPortName(text: string): boolean {
  return PORT_NAME.test(text) && text.length <= PORT_NAME_LIMIT;
}

/** One entry of an administrator's rule's ports; a name stands for the ports of all protocols that have it. */
export function readAdminPort(reading: JsonReading): PolicyPort[] {
  const field = onlyField(reading, ["portNumber", "namedPort", "portRange"]);
  if (field === "namedPort") {
    const name = reading.text(field) ?? "";
    if (!isPortName(name)) reading.fail(field, EXPECTED_NAME);
    return PROTOCOLS.map((protocol) => ({ protocol, port: name, endPort: null }));
  }
  const inner = reading.object(field);
  const required = (key: string): number => inner.integer(key, 1, PORT_LIMIT) ?? inner.fail(key, "a port");
  if (field === "portNumber") {
    checkFields(inner, ["protocol", "port"]);
    return [{ protocol: readProtocol(inner), port: required("port"), endPort: null }];
  }
  checkFields(inner, ["protocol", "start", "end"]);
  const [start, end] = [required("start"), required("end")];
  if (end <= start) inner.fail("end", `more than the start, ${start}`);
  return [{ protocol: readProtocol(inner), port: start, endPort: end }];
}
