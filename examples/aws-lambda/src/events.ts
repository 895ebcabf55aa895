import { consumeSqs } from 'analytics-edge/lambda'
import { client } from './analytics.ts'

/** Sends the events that other functions have handed over: those of many invocations in one request. */
export const handler = consumeSqs(client)
