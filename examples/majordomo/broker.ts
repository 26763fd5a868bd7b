/**
 * Majordomo, the broker: clients ask for a service by name, workers offer one, and neither knows the other. Requests
 * wait here until a worker is free; the request of a worker that died goes to the next one.
 */
import { Router } from "zeromq"
import * as mdp from "./mdp.js"

const { BROKER = "tcp://127.0.0.1:5555" } = process.env

interface Job {
  readonly client: Buffer
  readonly body: Buffer[]
}

interface Worker {
  readonly id: Buffer
  readonly service: Service
  lives: number
  job?: Job | undefined
}

/** Jobs and idle workers wait in line: the first has waited longest. */
interface Service {
  readonly name: string
  readonly jobs: Job[]
  readonly idle: Set<Worker>
}

const socket = new Router()
const services = new Map<string, Service>()
/** By routing id, in hexadecimal. */
const workers = new Map<string, Worker>()

function serviceOf(name: string): Service {
  const service = services.get(name) ?? { name, jobs: [], idle: new Set() }
  services.set(name, service)
  return service
}

const offered = (name: string) => [...workers.values()].some(({ service }) => service.name === name)
const command = (id: Buffer, ...parts: (Buffer | string)[]) => socket.send([id, "", mdp.WORKER, ...parts])
const reply = (client: Buffer, service: string, body: (Buffer | string)[]) =>
  socket.send([client, "", mdp.CLIENT, service, ...body])

async function dispatch({ jobs, idle }: Service): Promise<void> {
  for (const worker of idle) {
    const job = jobs.shift()
    if (!job) return
    idle.delete(worker)
    worker.job = job
    await command(worker.id, mdp.REQUEST, job.client, "", ...job.body)
  }
}

async function release(worker: Worker): Promise<void> {
  worker.job = undefined
  worker.service.idle.add(worker)
  await dispatch(worker.service)
}

async function dismiss(worker: Worker, why: string): Promise<void> {
  const { id, service, job } = worker
  workers.delete(id.toString("hex"))
  service.idle.delete(worker)
  if (job) service.jobs.unshift(job)
  console.log(`${service.name}: a worker ${why}${job ? ", its request waits for another" : ""}`)
  await dispatch(service)
}

async function fromClient(client: Buffer, [name, ...body]: Buffer[]): Promise<void> {
  const service = serviceOf(String(name))
  // Whether a service is on offer is for the broker itself to say (RFC 8/MMI).
  if (service.name === "mmi.service") {
    return reply(client, service.name, [offered(String(body[0])) ? "200" : "404"])
  }
  service.jobs.push({ client, body })
  if (!offered(service.name)) console.log(`${service.name}: a request waits for a first worker`)
  await dispatch(service)
}

async function fromWorker(id: Buffer, [header, ...rest]: Buffer[]): Promise<void> {
  const what = String(header)
  const worker = workers.get(id.toString("hex"))
  if (worker) worker.lives = mdp.LIVES

  if (!worker && what === mdp.READY) {
    const newcomer: Worker = { id, service: serviceOf(String(rest[0])), lives: mdp.LIVES }
    workers.set(id.toString("hex"), newcomer)
    console.log(`${newcomer.service.name}: a worker is ready`)
    await release(newcomer)
  } else if (worker?.job && what === mdp.REPLY) {
    const [_client, _empty, ...body] = rest
    await reply(worker.job.client, worker.service.name, body)
    await release(worker)
  } else if (what === mdp.DISCONNECT) {
    if (worker) await dismiss(worker, "has left")
  } else if (!worker || what !== mdp.HEARTBEAT) {
    // Anything else is out of turn: the worker has to start anew.
    await command(id, mdp.DISCONNECT)
    if (worker) await dismiss(worker, "broke the protocol")
  }
}

setInterval(() => {
  for (const worker of workers.values()) {
    if (worker.lives-- > 0) void command(worker.id, mdp.HEARTBEAT)
    else void dismiss(worker, "is lost")
  }
}, mdp.INTERVAL)

await socket.bind(BROKER)
console.log("ready")
for await (const [sender, , party, ...parts] of socket) {
  if (sender && String(party) === mdp.CLIENT) await fromClient(sender, parts)
  if (sender && String(party) === mdp.WORKER) await fromWorker(sender, parts)
}
