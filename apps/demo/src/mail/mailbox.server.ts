import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { simpleParser } from 'mailparser';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerDataStream,
} from 'smtp-server';
import { Mailbox } from './mailbox.js';
import type { SmtpAccount } from './smtp-account.js';

const HOST = '127.0.0.1';
const UNKNOWN_MAILBOX_DOMAIN = '@nobody.example';

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });

/**
 * A mail server inside of the application, so that the demo needs none outside. A tenant logs in
 * with its id, and so a mail is filed under the tenant that sent it, whatever the mail says.
 */
@Injectable()
export class MailboxServer implements OnModuleInit, OnApplicationShutdown {
  private readonly password = randomBytes(16).toString('base64url');
  private readonly server = new SMTPServer({
    authMethods: ['PLAIN'],
    // It listens on the loopback interface only, where nobody needs a certificate or a name.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: (login, _session, done) => this.logIn(login, done),
    onRcptTo: (recipient, _session, done) => done(refusalOf(recipient)),
    onData: (message, { user, envelope }, done) => {
      const recipients = envelope.rcptTo.map(({ address }) => address);
      this.receive(String(user), recipients, message, done);
    },
  });

  constructor(private readonly mailbox: Mailbox) {}

  async onModuleInit(): Promise<void> {
    this.server.listen(0, HOST);
    await once(this.server.server, 'listening');
  }

  async onApplicationShutdown(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(resolve);
    });
  }

  accountOf(tenantId: string): SmtpAccount {
    const { port } = this.server.server.address() as AddressInfo;
    return { host: HOST, port, auth: { user: tenantId, pass: this.password } };
  }

  private logIn(
    { username, password }: SMTPServerAuthentication,
    done: (error: Error | null, response?: { user: string }) => void,
  ): void {
    if (username !== undefined && password === this.password) done(null, { user: username });
    else done(refusal(535, 'Unknown user or wrong password'));
  }

  private readonly receive = callbackify(
    async (
      tenantId: string,
      recipients: readonly string[],
      message: SMTPServerDataStream,
    ): Promise<void> => {
      const { messageId = '', subject = '', text = '' } = await simpleParser(message);
      this.mailbox.receive(tenantId, { id: messageId, to: recipients, subject, text: text.trim() });
    },
  );
}

const refusalOf = ({ address }: SMTPServerAddress): Error | null =>
  address.endsWith(UNKNOWN_MAILBOX_DOMAIN) ? refusal(550, 'There is no such mailbox') : null;
