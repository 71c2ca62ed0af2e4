/** A port that takes connections (RFC 9293 section 3.10.1, passive open). */
import type { TcpConnection } from "./tcp-connection.ts";

/** Handshakes under way at once when nothing else is said. */
export const DEFAULT_BACKLOG = 128;

export class TcpListener {
  readonly port: number;
  /** Handshakes under way at once; SYNs beyond are dropped, and come again. */
  readonly backlog: number;
  readonly state = "LISTEN";
  /** Handshakes under way, and connections that were made. */
  pendingCount = 0;
  acceptedCount = 0;
  /** SYNs dropped since the backlog was full. */
  overflowCount = 0;
  readonly onConnection: (connection: TcpConnection) => void;
  readonly #release: () => void;

  /** Made by the stack. */
  constructor(port: number, backlog: number, onConnection: (connection: TcpConnection) => void, release: () => void) {
    this.port = port;
    this.backlog = backlog;
    this.onConnection = onConnection;
    this.#release = release;
  }

  /** Frees the port. Connections that were made stay; handshakes under way are reset. */
  close(): void {
    this.#release();
  }
}
