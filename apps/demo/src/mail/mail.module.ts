import { Module } from '@nestjs/common';
import { MailboxController } from './mailbox.controller.js';
import { MailboxServer } from './mailbox.server.js';
import { Mailbox } from './mailbox.js';
import { Mailer } from './mailer.js';

@Module({
  controllers: [MailboxController],
  providers: [Mailbox, MailboxServer, Mailer],
  exports: [Mailer],
})
export class MailModule {}
