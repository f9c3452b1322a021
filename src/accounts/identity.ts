/** Who a verified access token speaks for. */
export interface Identity {
  userId: string;
  /** In lower case. */
  email: string;
  /** The session the token belongs to; null for a token made outside of a sign-in. */
  sessionId: string | null;
}
