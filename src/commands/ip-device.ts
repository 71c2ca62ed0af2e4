/** Finds a device by the name that a command was given. */
import type { NetDevice } from "../datapath/index.ts";
import { CommandError, type Place } from "./command.ts";

/**
 * @param object whose command asks: their complaints differ
 * @throws CommandError for a name that no device of the place has
 */
export function requireDevice(place: Place, name: string, object: "link" | "route" | "bridge"): NetDevice {
  const device = place.namespace.devices.get(name);
  if (device !== undefined) return device;
  if (object === "link") throw new CommandError(`Device "${name}" does not exist.`, 1);
  throw new CommandError(`Cannot find device "${name}"`, object === "route" ? 1 : 255);
}
