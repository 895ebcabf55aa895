import { analytics } from './analytics.ts'

/** A helper deep in the code that is not passed a scope: its event joins those of its caller. */
export async function checkStock(userId: string, productId: string): Promise<boolean> {
  // Stands for a database.
  await scheduler.wait(5)
  analytics.track({ userId, event: 'Stock Checked', properties: { productId } })
  return true
}
