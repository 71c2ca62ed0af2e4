/** What a cluster's file is, in the help of every command that reads one. */

const KUBECTL_GET = "kubectl get nodes,pods,namespaces,networkpolicies,services,daemonsets,configmaps -A -o json";

/** On lines of which all but the first begin with as many spaces. */
export function clusterFileHelp(indent: number): string {
  return [
    `what ${KUBECTL_GET}`,
    "or -o yaml prints; adminnetworkpolicies,baselineadminnetworkpolicies too where the cluster has",
    "such kinds; - for standard input",
  ].join(`\n${" ".repeat(indent)}`);
}
