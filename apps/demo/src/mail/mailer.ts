import { Injectable } from '@nestjs/common';
import { NonRetryableError, type TenantConfiguration } from '@luxgen/workflow';
import { createTransport } from 'nodemailer';
import { MailboxServer } from './mailbox.server.js';

export interface OutgoingMail {
  /** The same for each repetition, so that a mail server can drop the second copy. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** Sends mails in the name of a tenant. */
@Injectable()
export class Mailer {
  constructor(private readonly server: MailboxServer) {}

  /**
   * @param signal stops the sending
   * @throws `MAIL_REFUSED` when the mail server will never take the mail
   */
  async send(
    { id: tenantId, name, domain = 'localhost' }: TenantConfiguration,
    { id, to, subject, text }: OutgoingMail,
    signal: AbortSignal,
  ): Promise<void> {
    const transport = createTransport({ ...this.server.accountOf(tenantId), ignoreTLS: true });
    try {
      await transport.sendMail({
        from: { name, address: `no-reply@${domain}` },
        bcc: [...to],
        subject,
        text,
        messageId: `<${id}@${domain}>`,
        signal,
      });
    } catch (error) {
      throw isPermanent(error) ? refused(error) : error;
    }
  }
}

/** SMTP says with a 5xx that a repetition is of no use. */
const isPermanent = (error: unknown): boolean => {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === 'number' && responseCode >= 500;
};

const refused = (cause: unknown): NonRetryableError =>
  new NonRetryableError('The mail server refused the mail', {
    code: 'MAIL_REFUSED',
    statusCode: 502,
    cause,
  });
