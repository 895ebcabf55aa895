export default async function handler(): Promise<void> {
  throw new Error('of the bare handler')
}
