export const dynamic = 'force-dynamic'

export async function GET(): Promise<Response> {
  throw new Error('of the bare handler')
}
