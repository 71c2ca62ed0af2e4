/** Which CNI plugin a cluster's file is about: the one with the best signs, or the one that the user names. */
import { checkFlannelNodes, recogniseFlannel } from "./cluster-file-flannel.ts";
import { recogniseCalico } from "./cluster-file-calico.ts";
import { recogniseCilium } from "./cluster-file-cilium.ts";
import type { FileContents } from "./cluster-file-contents.ts";
import { ClusterFileError } from "./cluster-file-error.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import { recogniseForeign, recogniseKindnet, recogniseKubenet, recogniseWeave } from "./cluster-file-other-plugins.ts";
import type { Recogniser, Recognition } from "./cluster-file-signs.ts";
import { CNI_NAMES } from "./cni-catalogue.ts";

/** A plugin that is settled. */
export interface KnownCni extends Recognition {
  readonly cni: string;
}

/**
 * In the order that decides between equal signs: canal runs flannel for the network and Calico for policies, in one
 * pod; GKE runs cilium or Calico on the provider's routes.
 */
const RECOGNISERS: readonly (readonly [string, Recogniser])[] = [
  ["flannel", recogniseFlannel],
  ["cilium", recogniseCilium],
  ["calico", recogniseCalico],
  ["weave", recogniseWeave],
  ["kindnet", recogniseKindnet],
  ["another plugin", recogniseForeign],
  ["kubenet", recogniseKubenet],
];

/**
 * The plugin with its options. `chosen`: the name that the user gives, which settings of the file still go to when
 * they are of the same plugin. @throws ClusterFileError when no plugin is recognised and none was chosen
 */
export function chooseCni(contents: FileContents, chosen: string | undefined, findings: FindingList): KnownCni {
  const all = RECOGNISERS.flatMap(([name, recognise]) => {
    const found = recognise(contents, findings);
    return found === undefined ? [] : [{ name, ...found }];
  }).sort((a, b) => b.rank - a.rank);
  const [best, ...others] = all;
  if (chosen !== undefined) return chosenCni(chosen, best);
  if (best === undefined) throw unknownCni("found no sign of one");
  if (best.cni === undefined) throw unknownCni(`found ${best.why}`);
  if (best.caveat !== undefined) findings.warning("Cluster", "cni", best.caveat);
  for (const { name, why, cni } of others)
    if (cni !== undefined && name !== "kubenet") findings.info("Cluster", "cni", `signs of ${name} count less: ${why}`);
  if (best.name === "flannel") checkFlannelNodes(contents, findings);
  return { ...best, cni: best.cni };
}

function chosenCni(chosen: string, best: Recognition | undefined): KnownCni {
  const isSame = best?.cni !== undefined && familyOf(best.cni) === familyOf(chosen);
  return {
    cni: chosen,
    options: isSame ? best.options : {},
    why: "as asked for",
    rank: 0,
    clusterCidr: isSame ? best.clusterCidr : undefined,
  };
}

/** "calico" of "calico-ipip-crosssubnet". */
export function familyOf(cni: string): string {
  return cni.split("-")[0]!;
}

function unknownCni(found: string): ClusterFileError {
  return new ClusterFileError(
    `expected a CNI plugin that can be recognised, ${found}: name the one to use with --cni (${CNI_NAMES.join(", ")})`,
  );
}
