/** What JSDoc cannot say. */

/** A byte string, or a list of such. */
export type Rlp = Uint8Array | Rlp[];

declare global {
  /** Set by the build: whether this is the page that a server serves. */
  const SERVED: boolean;
}
