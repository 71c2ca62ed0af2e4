/** The raw table as Felix programs it for Calico (felix/rules/static.go): no pod sends under another's address. */
import type { Cluster, ClusterNode } from "../kubernetes/index.ts";
import { passed, refusedOf } from "./firewall-calico.ts";
import { podFirewalls } from "./firewall-policies.ts";
import { comment, type FirewallChain, marked, sumOf } from "./firewall-table.ts";

/** Felix's mark: from a pod. */
const FROM_WORKLOAD = "0x40000/0x40000";

export function calicoRawChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const firewalls = podFirewalls(cluster, node);
  const spoofed = sumOf(node.pods.filter(({ hostNetwork }) => !hostNetwork).map((pod) => refusedOf(pod, "SPOOFED")));
  const all = sumOf([spoofed, passed(firewalls, "egress")]);
  const filter = { module: "rpfilter", shown: "rpfilter validmark invert", written: "--validmark --invert" };
  return [
    {
      name: "PREROUTING",
      isBuiltIn: true,
      rules: [{ ...all, target: "cali-PREROUTING", matches: [comment("cali:6gwbT8clXdHdC1b1")] }],
    },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    {
      name: "cali-PREROUTING",
      isBuiltIn: false,
      rules: [
        {
          ...all,
          in: "cali+",
          target: "MARK",
          mark: { shown: "MARK or 0x40000", written: `--set-xmark ${FROM_WORKLOAD}` },
        },
        { ...all, target: "cali-rpf-skip", matches: [marked(FROM_WORKLOAD)] },
        { ...spoofed, target: "DROP", matches: [marked(FROM_WORKLOAD), filter] },
      ],
    },
    // Of pods that may send under other addresses: there are none.
    { name: "cali-rpf-skip", isBuiltIn: false, rules: [] },
  ];
}
