/** What virtual time 0 is in captures: the first second of 2026, in seconds since 1970. */
export const EPOCH_SECONDS: number = Date.UTC(2026, 0, 1) / 1000;
