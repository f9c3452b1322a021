/** Hands one message to a mail server; resolves once the server has taken it. */
export interface MailTransport {
  send(message: { from: string; to: string; subject: string; text: string; messageId: string }): Promise<void>;
}
