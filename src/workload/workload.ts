/** Work to be timed: the same packets through the same devices, round after round. */
export interface Workload {
  /** "pod to pod, across nodes". */
  readonly name: string;
  /** Packets that one round moves from end to end. */
  readonly packetsPerRound: number;
  /** Makes a vector of packets anew and moves it through the network. Allocates nothing. */
  round(): void;
  /** @throws Error when packets of the rounds so far were lost, or came out wrong. */
  verify(): void;
}
