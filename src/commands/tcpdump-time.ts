/** The time before a line of tcpdump: how many `-t` there are says which. */

/** Times of packets one after another, in nanoseconds of virtual time. */
export class TcpdumpTime {
  readonly #form: number;
  /** Seconds since 1970 at virtual time 0. */
  readonly #epochSeconds: number;
  #first: number | undefined;
  #last: number | undefined;

  constructor(form: number, epochSeconds: number) {
    this.#form = form;
    this.#epochSeconds = epochSeconds;
  }

  /**
   * With the space behind it: none: the time of the day; -t: nothing; -tt: seconds since 1970; -ttt: since the packet
   * before; -tttt: with the date; -ttttt: since the first packet.
   */
  of(nanoseconds: number): string {
    // As a capture has it, and the original from there.
    const time = Math.floor(nanoseconds / 1000);
    const [first, last] = [(this.#first ??= time), this.#last ?? time];
    this.#last = time;
    switch (this.#form) {
      case 0:
        return `${clock(time)} `;
      case 1:
        return "";
      case 2:
        return `${this.#epochSeconds + Math.floor(time / 1e6)}.${fraction(time)} `;
      case 3:
        return ` ${clock(time - last)} `;
      case 4:
        return `${this.#date(time)} ${clock(time)} `;
      default:
        return ` ${clock(time - first)} `;
    }
  }

  #date(microseconds: number): string {
    const seconds = this.#epochSeconds + Math.floor(microseconds / 1e6);
    return new Date(seconds * 1000).toISOString().slice(0, 10);
  }
}

/** Hours, minutes and seconds to the microsecond. */
function clock(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}.${fraction(microseconds)}`;
}

function fraction(microseconds: number): string {
  return String(microseconds % 1e6).padStart(6, "0");
}
