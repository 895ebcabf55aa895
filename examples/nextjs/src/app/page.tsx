import { subscribe } from './subscribe.ts'

export default function Page() {
  return (
    <form action={subscribe}>
      <label>
        Your address <input name="email" type="email" required />
      </label>
      <button type="submit">Subscribe</button>
    </form>
  )
}
