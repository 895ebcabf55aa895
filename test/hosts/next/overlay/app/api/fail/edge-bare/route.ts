export const runtime = 'edge'

export async function GET(): Promise<Response> {
  throw new Error('of the bare handler')
}
