/** `podwire policy`: what network policies do in a cluster. */
import { examplePolicyText } from "../kubernetes/index.ts";
import { UsageError } from "./errors.ts";
import { print } from "./output.ts";
import { checkPolicies } from "./policy-check.ts";
import { explainPolicies } from "./policy-explain.ts";

const HELP = `Tells what network policies do in a cluster, by sending packets.

Usage: podwire policy check [--cluster FILE] [--policy FILE...] [OPTION...]
       podwire policy explain SOURCE DESTINATION [--tcp PORT | --udp PORT | --sctp PORT] [OPTION...]
       podwire policy example

  check     which pods reach which, as a table
  explain   which policies have a say in a connection, which rule decides, and what to change
  example   prints the policies of the built-in cluster, to start from: frontend reaches backend, and not database

podwire policy check --help and podwire policy explain --help tell the rest.
`;

type Action = (arguments_: readonly string[]) => number;

const ACTIONS: Readonly<Record<string, Action>> = {
  check: checkPolicies,
  explain: explainPolicies,
  example: (rest) => {
    if (rest.length > 0) throw new UsageError(`policy example: expected no argument, found ${rest.join(" ")}`);
    return print(examplePolicyText());
  },
};

/** @throws UsageError, Failure */
export function policy(arguments_: readonly string[]): number {
  const [name, ...rest] = arguments_;
  if (name === "--help" || name === "-h") return print(HELP);
  const action = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined)
    throw new UsageError(
      `policy: expected ${Object.keys(ACTIONS).join(" or ")}, found ${name === undefined ? "none" : JSON.stringify(name)}: see podwire policy --help`,
    );
  return action(rest);
}
