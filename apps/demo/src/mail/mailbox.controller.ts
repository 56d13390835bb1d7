import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { TenantGuard, WorkflowResultInterceptor, type TenantConfiguration } from '@luxgen/workflow';
import { CurrentTenant } from '../auth/current-tenant.decorator.js';
import { Mailbox, type ReceivedMail } from './mailbox.js';

@Controller('mailbox')
@UseGuards(TenantGuard)
@UseInterceptors(WorkflowResultInterceptor)
export class MailboxController {
  constructor(private readonly mailbox: Mailbox) {}

  @Get()
  list(@CurrentTenant() { id }: TenantConfiguration): readonly ReceivedMail[] {
    return this.mailbox.list(id);
  }
}
