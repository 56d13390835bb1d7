import { Injectable } from '@nestjs/common';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const MAILS_KEPT = 100;

/** The mails that arrived, kept apart by tenant and only for as long as the process lives. */
@Injectable()
export class Mailbox {
  private readonly byTenant = new Map<string, ReceivedMail[]>();

  receive(tenantId: string, mail: ReceivedMail): void {
    this.byTenant.set(tenantId, [mail, ...this.list(tenantId)].slice(0, MAILS_KEPT));
  }

  /** Newest first. */
  list(tenantId: string): readonly ReceivedMail[] {
    return this.byTenant.get(tenantId) ?? [];
  }
}
