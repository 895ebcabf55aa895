export interface Order {
  id: string
  userId: string
}

export interface Env {
  SEGMENT_WRITE_KEY: string
  /** Base URL of the Tracking API; without one it is Segment's. */
  SEGMENT_HOST?: string
  ORDERS: Queue<Order>
}
