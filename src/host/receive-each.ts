/** What an application's callback throws must not cost the packets behind the one it was called for. */

/** Calls `receive` for each of handles[first..end), then throws the first thing that any of the calls threw. */
export function receiveEach(handles: Int32Array, first: number, end: number, receive: (handle: number) => void): void {
  const thrown: unknown[] = [];
  for (let i = first; i < end; i++) {
    try {
      receive(handles[i]!);
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}
