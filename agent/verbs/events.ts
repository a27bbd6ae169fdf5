import { allNews, subscribeToAll } from '@/agent/resources/listed-kind'
import type { Handlers } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** What the stream tells of. */
interface EventSource extends Pick<Agent, 'kinds'> {
  jobs: Pick<Agent['jobs'], 'list' | 'subscribe'>
}

/** Subscribes before it lists, so that nothing falls between the two. */
export function events(agent: EventSource): Handlers['events'] {
  return (feed) => {
    const forgetResources = subscribeToAll(agent.kinds, (news) => feed.send(news))
    const forgetJobs = agent.jobs.subscribe((all) => feed.send([], all))
    for (const forget of [forgetResources, forgetJobs]) feed.signal.addEventListener('abort', forget, { once: true })
    feed.send(allNews(agent.kinds, feed.knownLists), agent.jobs.list())
  }
}
