/** What a connection's application is yet to hear, in the order that it makes sense in. */
import type { TcpError, TcpErrorCause } from "./tcp-state.ts";

/** Who is told. */
export interface InboxListener {
  connected(): void;
  data(bytes: Uint8Array): void;
  ended(): void;
  drained(): void;
  failed(error: TcpError, cause: TcpErrorCause): void;
  closed(): void;
}

export class Inbox {
  listener: InboxListener | null = null;
  isConnected = false;
  isEnded = false;
  isDrained = false;
  isClosed = false;
  error: { readonly error: TcpError; readonly cause: TcpErrorCause } | undefined;
  /** The application takes nothing for now: bytes, and the end behind them, wait. */
  isPaused = false;
  #chunks: Uint8Array[] = [];
  /** Of those, the first that are copies, and their bytes. */
  #keptCount = 0;
  #keptLength = 0;
  #isTelling = false;

  /** Bytes that come next; `keep` has to be called before they change. */
  add(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  /** Copies what `add` was given and nobody took. Returns how many bytes wait. */
  keep(): number {
    for (; this.#keptCount < this.#chunks.length; this.#keptCount++) {
      const copy = this.#chunks[this.#keptCount]!.slice();
      this.#chunks[this.#keptCount] = copy;
      this.#keptLength += copy.length;
    }
    return this.#keptLength;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks.length = this.#keptCount = this.#keptLength = 0;
    this.isConnected = this.isEnded = this.isDrained = this.isClosed = false;
    this.error = undefined;
  }

  /** Tells all that may be told. @throws what any of the callbacks threw, once all were called. */
  tell(): void {
    const { listener } = this;
    if (listener === null || this.#isTelling) return;
    const thrown: unknown[] = [];
    this.#isTelling = true;
    for (let next = this.#next(listener); next !== undefined; next = this.#next(listener)) {
      try {
        next();
      } catch (error) {
        thrown.push(error);
      }
    }
    this.#isTelling = false;
    if (thrown.length > 0) throw thrown[0];
  }

  #takeChunk(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined && this.#keptCount > 0) {
      this.#keptCount--;
      this.#keptLength -= chunk.length;
    }
    return chunk;
  }

  /** Takes out what is to be told next. */
  #next(listener: InboxListener): (() => void) | undefined {
    if (this.isConnected) {
      this.isConnected = false;
      return () => listener.connected();
    }
    const chunk = this.isPaused ? undefined : this.#takeChunk();
    if (chunk !== undefined) return () => listener.data(chunk);
    if (this.isEnded && this.#chunks.length === 0) {
      this.isEnded = false;
      return () => listener.ended();
    }
    if (this.isDrained) {
      this.isDrained = false;
      return () => listener.drained();
    }
    const { error } = this;
    if (error !== undefined) {
      this.error = undefined;
      return () => listener.failed(error.error, error.cause);
    }
    if (!this.isClosed || this.isEnded) return undefined;
    this.isClosed = false;
    return () => listener.closed();
  }
}
