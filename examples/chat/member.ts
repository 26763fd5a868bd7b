/**
 * Chat, a member: `member.ts alice` says each line that is typed to all, or to bob alone after `/bob`. Everybody
 * subscribes to a topic of his own. Subscriptions travel to all who publish, through the proxy too, and an XPUB
 * socket can read them: so everybody sees who is here, and who has left or was cut off.
 */
import { createInterface } from "node:readline"
import { Subscriber, XPublisher } from "zeromq"

const { VOICES = "tcp://127.0.0.1:5555", EARS = "tcp://127.0.0.1:5556" } = process.env
const [me = "alice"] = process.argv.slice(2)

const ALL = "*"
const topicOf = (name: string) => `@${name}.`

const voice = new XPublisher()
const ears = new Subscriber()
voice.connect(VOICES)
ears.connect(EARS)
ears.subscribe(ALL)

/** Reads who subscribes to what: first what was there before us, `ALL` included, and then each change. */
async function watch(): Promise<void> {
  const present = new Set<string>()
  let speaking: Promise<void> | undefined
  for await (const [subscription] of voice) {
    const comes = subscription?.[0] === 1
    const topic = String(subscription?.subarray(1))
    if (topic === ALL) {
      if (comes) ears.subscribe(topicOf(me))
      continue
    }
    const name = topic.slice(1, -1)
    if (present.has(me)) console.log(`${name} ${comes ? "comes" : "leaves"}`)
    if (comes) present.add(name)
    else present.delete(name)
    // Our own topic has been around: the others can hear us, and we hear them.
    if (comes && name === me) {
      console.log(`here: ${[...present].sort().join(", ")}`)
      speaking ??= speak()
    }
  }
}

async function listen(): Promise<void> {
  for await (const [topic, name, text] of ears) {
    console.log(`${String(name)}${String(topic) === ALL ? "" : " to you"}: ${String(text)}`)
  }
}

async function speak(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [, name, text] = /^\/(\w+) (.*)$/.exec(line) ?? []
    await voice.send(name === undefined ? [ALL, me, line] : [topicOf(name), me, text ?? ""])
  }
  voice.close()
  ears.close()
}

await Promise.all([watch(), listen()])
