/**
 * Counts the changes of what a namespace decides by: routes, addresses, neighbours, forwarding databases, devices.
 * Who keeps the outcome of a decision keeps the count beside it, and decides anew when it has moved.
 */
export class Changes {
  count = 0;

  note(): void {
    this.count++;
  }
}
