// The Worker as its tests call it.
import { worker } from './main.ts'
import { same } from './same.ts'

export async function callWorker(ctx: ExecutionContext, env: Env): Promise<void> {
  const response = await worker.fetch(new Request('http://localhost'), env, ctx)
  same<typeof response, Response>(true)
  await worker.fetch(new Request<unknown, IncomingRequestCfProperties>('http://localhost'), env, ctx)
  await worker.scheduled({ cron: '* * * * *', scheduledTime: 0, noRetry() {} } as ScheduledController, env, ctx)
  same<typeof worker.version, number>(true)
}
