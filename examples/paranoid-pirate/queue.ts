/**
 * Paranoid pirate, the queue: hands each request to the worker that has been idle longest, and forgets workers
 * that fall silent. A request that died with its worker is for the client to repeat.
 */
import { EventEmitter, once } from "node:events"
import { Router } from "zeromq"
import { HEARTBEAT, INTERVAL, LIVES, READY } from "./ppp.js"

const { FRONT_END = "tcp://127.0.0.1:5555", BACK_END = "tcp://127.0.0.1:5556" } = process.env

interface Worker {
  readonly id: Buffer
  idle: boolean
  lives: number
}

const clients = new Router()
// A worker that connects anew keeps its name, even when its old connection is not known to be dead yet.
const workers = new Router({ handover: true })
await clients.bind(FRONT_END)
await workers.bind(BACK_END)

/** Workers by name, those that have been idle longest first. */
const crew = new Map<string, Worker>()
const arrivals = new EventEmitter()

function enlist(name: string, id: Buffer): void {
  if (!crew.delete(name)) console.log(`${name} is ready`)
  crew.set(name, { id, idle: true, lives: LIVES })
  arrivals.emit("idle")
}

async function idleWorker(): Promise<Worker> {
  for (;;) {
    for (const worker of crew.values()) if (worker.idle) return worker
    await once(arrivals, "idle")
  }
}

async function passRequests(): Promise<void> {
  for await (const request of clients) {
    const worker = await idleWorker()
    worker.idle = false
    await workers.send([worker.id, ...request])
  }
}

async function passReplies(): Promise<void> {
  for await (const [id, ...message] of workers) {
    if (!id) continue
    const name = String(id)
    const worker = crew.get(name)
    if (worker) worker.lives = LIVES

    const [command] = message
    if (message.length > 1) {
      // A reply counts even when its worker was given up meanwhile; the worker itself has to say READY again.
      await clients.send(message)
      if (worker) enlist(name, id)
    } else if (String(command) === READY) {
      enlist(name, id)
    }
  }
}

setInterval(() => {
  for (const [name, worker] of crew) {
    if (worker.lives-- > 0) {
      void workers.send([worker.id, HEARTBEAT])
    } else {
      crew.delete(name)
      console.log(`${name} is lost`)
    }
  }
}, INTERVAL)

console.log("ready")
await Promise.all([passRequests(), passReplies()])
