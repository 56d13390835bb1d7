/** Where a tenant hands its mails over, and how it proves who it is. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly auth: { readonly user: string; readonly pass: string };
}
