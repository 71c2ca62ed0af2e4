/** An HTTP message as tcpdump tells it: its first line, or with `-v` all of them. */

/** Ports on which tcpdump looks for HTTP. */
export const HTTP_PORTS: readonly number[] = [80, 8080];

/** Words that a request begins with (tcpdump's print-http.c; WebDAV's and Subversion's among them). */
const METHODS: ReadonlySet<string> = new Set(
  (
    "GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE " +
    "NOTIFY BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH " +
    "UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL"
  ).split(" "),
);

/**
 * A segment's payload in `offset..end`: `HTTP: GET / HTTP/1.1`, or with `isVerbose` every line of it on a line of its
 * own; `HTTP` alone where it begins like no message.
 *
 * @param length the payload's, which may be longer than what is there
 */
export function httpText(view: DataView, offset: number, end: number, length: number, isVerbose: boolean): string {
  const text = printable(view, offset, end);
  const [first = "", second = ""] = text.split(/[ \t\r\n]+/, 2);
  if (!METHODS.has(first.toUpperCase()) && !/^\d{3}$/.test(second)) return "HTTP";
  const lines = text.split(/\r?\n/);
  const last = lines.pop()!;
  // A line without its end is told as cut short, unless it is empty; one that the capture cuts is not told.
  const isToEnd = text.length === end - offset;
  const isCaptured = length <= end - offset;
  const all = isToEnd && isCaptured && last !== "" ? [...lines, `${last} [|http]`] : lines;
  const cut = isToEnd && !isCaptured ? " [|http]" : "";
  if (isVerbose) return `HTTP, length: ${length}${all.map((line) => `\n\t${line}`).join("")}${cut}`;
  return all.length === 0 ? `HTTP${cut}` : `HTTP: ${all[0]!}`;
}

/** The text as far as it is ASCII that can be printed. */
function printable(view: DataView, offset: number, end: number): string {
  let text = "";
  for (let at = offset; at < end; at++) {
    const byte = view.getUint8(at);
    const isText = (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a;
    const isLineEnd = byte === 0x0d && at + 1 < end && view.getUint8(at + 1) === 0x0a;
    if (!isText && !isLineEnd) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
