/** What a command that people type on a node or in a pod takes, and what it gives back. */
import type { ByteSink } from "../capture/index.ts";
import type { Namespace } from "../datapath/index.ts";
import type { Host } from "../host/index.ts";
import type { Cluster, ClusterNode } from "../kubernetes/index.ts";
import type { Taps } from "./taps.ts";

/** Where a command runs: a pod's or a node's own view of the network. */
export interface Place {
  readonly cluster: Cluster;
  /** The pod's or node's name. */
  readonly name: string;
  readonly namespace: Namespace;
  readonly host: Host;
  /** Where it looks at frames. */
  readonly taps: Taps;
}

/** A file that a command writes: it is there when it is whole. */
export interface OutputFile extends ByteSink {
  finish(): void;
  discard(): void;
}

/** Where a command's text goes, as it comes. */
export interface Terminal {
  /** Standard output. */
  out(text: string): void;
  /** Standard error. */
  error(text: string): void;
  /** Opens a file to write to. */
  create(path: string): OutputFile;
}

/**
 * Runs a command with the words behind its name, and lets virtual time pass as long as it takes.
 *
 * @returns its exit code, as the original has it
 */
export type Command = (place: Place, words: readonly string[], terminal: Terminal) => number;

/** A command that goes on while others run, and time passes. */
export interface Running {
  /** It has ended by itself: `stop` lets it tell what it came to, where it has not. */
  readonly isDone: boolean;
  /** Ends it, once. */
  stop(): void;
}

/** What the original says on standard error before it exits. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The node that a place is, undefined for a pod. */
export function nodeOf(place: Place): ClusterNode | undefined {
  return place.cluster.nodes.find(({ namespace }) => namespace === place.namespace);
}
