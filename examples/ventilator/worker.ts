/** Worker between ventilator and sink: counts the primes of each thousand that it is given, until the sink has all. */
import { Pull, Push, Subscriber } from "zeromq"

const {
  TASKS = "tcp://127.0.0.1:5557",
  RESULTS = "tcp://127.0.0.1:5558",
  CONTROL = "tcp://127.0.0.1:5559",
} = process.env

const tasks = new Pull()
const results = new Push()
const control = new Subscriber()
control.connect(CONTROL)
control.subscribe("stop")
results.connect(RESULTS)
tasks.connect(TASKS)

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return number > 1
}

async function work(): Promise<void> {
  let done = 0
  for await (const [task] of tasks) {
    const start = Number(task)
    const primes = Array.from({ length: 1_000 }, (_, i) => start + i).filter(isPrime)
    await results.send([String(start), String(primes.length)])
    done++
  }
  console.log(`${done} tasks done`)
}

async function stop(): Promise<void> {
  await control.receive()
  for (const socket of [tasks, results, control]) socket.close()
}

await Promise.all([work(), stop()])
