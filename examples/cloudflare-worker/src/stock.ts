import { analytics } from './analytics.ts'

/** A helper deep in the code, which nobody passes a scope: its event travels with those of whoever called it. */
export async function checkStock(userId: string, productId: string): Promise<boolean> {
  // Stands for a database.
  await scheduler.wait(5)
  analytics.track({ userId, event: 'Stock Checked', properties: { productId } })
  return true
}
