import type { Order } from './order.ts';

/** The e-mail that a customer is owed for an order. */
export function confirmationOf(order: Order, name: string): { subject: string; text: string } {
  const lines = order.lines.map(
    (line) => `${line.quantity} x ${line.name} (${line.sku}), ${amount(line.price)} each`,
  );
  return {
    subject: `Your order ${order.id}`,
    text: [
      `Hello ${name},`,
      '',
      `thank you for your order ${order.id}:`,
      '',
      ...lines,
      '',
      `Total: ${amount(order.total)}`,
      '',
    ].join('\n'),
  };
}

function amount({ cents, currency }: { cents: number; currency: string }): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} ${currency}`;
}
