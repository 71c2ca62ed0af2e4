/** Bytes on their way into a connection that takes no more than its send buffer holds. */
import type { TcpConnection } from "./tcp-connection.ts";

export class TcpOutbox {
  readonly #connection: TcpConnection;
  readonly #waiting: Uint8Array[] = [];
  #isEnding = false;
  /** Called when nothing waits any more. */
  onFlushed: (() => void) | undefined;

  /** Takes the connection's `onDrain`. */
  constructor(connection: TcpConnection) {
    this.#connection = connection;
    connection.onDrain = () => {
      this.#flush();
      if (!this.isWaiting) this.onFlushed?.();
    };
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Sends bytes, now or later; they must not change. */
  send(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#waiting.push(bytes);
    this.#flush();
  }

  /** Ends the connection behind all that was given. */
  end(): void {
    this.#isEnding = true;
    this.#flush();
  }

  #flush(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = this.#connection.send(next);
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#isEnding) this.#connection.end();
  }
}
