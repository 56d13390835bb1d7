/** What a workload starts its executions with; about 200 bytes as JSON. */
export interface Order {
  readonly orderId: string;
  readonly customer: { readonly id: number; readonly email: string; readonly city: string };
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly note: string;
}

/** What a step returns; about 100 bytes as JSON. */
export interface Receipt {
  readonly orderId: string;
  readonly action: string;
  readonly amount: number;
  readonly accepted: boolean;
  readonly remark: string;
}

export const orderNumber = (number: number): Order => ({
  orderId: `order-${String(number).padStart(8, '0')}`,
  customer: { id: 1_000_000 + number, email: 'customer@example.com', city: 'Luxembourg' },
  items: [
    { sku: 'sku-000017', quantity: 2 },
    { sku: 'sku-000042', quantity: 1 },
  ],
  note: 'Please ring twice.',
});

export const receiptOf = (orderId: string, action: string, amount: number): Receipt => ({
  orderId,
  action,
  amount,
  accepted: true,
  remark: 'done as ordered',
});
