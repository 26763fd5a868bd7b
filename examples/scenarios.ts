/**
 * Who plays in each example, and when: the order of events is fixed by what programs say, so that each of them prints
 * the same lines at every run. Crashes are planned, as arguments of the programs.
 */
import type { Stage } from "./stage.js"

export interface Scenario {
  /** Environment variables with the addresses at which the programs meet. */
  readonly addresses: readonly string[]
  /** The programs in the middle, to which the others connect. */
  readonly hubs: readonly string[]
  readonly play: (stage: Stage) => Promise<void>
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  "lazy-pirate": {
    addresses: ["SERVER"],
    hubs: ["server"],
    async play(stage) {
      const server = stage.start("server 3")
      await server.says("ready")
      const client = stage.start("client 1 2 3 4 5")
      await server.ends()
      stage.start("server")
      await client.ends()
    },
  },

  "paranoid-pirate": {
    addresses: ["FRONT_END", "BACK_END"],
    hubs: ["queue"],
    async play(stage) {
      const queue = stage.start("queue")
      const ann = stage.start("worker ann")
      await queue.says("ann is ready")
      stage.start("worker ben 2")
      await queue.says("ben is ready")
      // The fourth word dies with ben, and comes again for ann.
      await stage.run("client ahoy anchor captain deck flag")
      await queue.says("ben is lost")

      await queue.kill("SIGKILL")
      const successor = stage.start("queue")
      await ann.says("the queue is silent, connecting anew")
      await successor.says("ann is ready")
      await stage.run("client galley hook")
    },
  },

  majordomo: {
    addresses: ["BROKER"],
    hubs: ["broker"],
    async play(stage) {
      const broker = stage.start("broker")
      await broker.says("ready")
      const sums = stage.start("client sum 1+2 3+4 5+6")
      await broker.says("sum: a request waits for a first worker")
      stage.start("worker sum 2")
      await broker.says("sum: a worker is lost, its request waits for another")
      stage.start("worker sum")
      await sums.ends()

      const reverse = stage.start("worker reverse")
      await broker.says("reverse: a worker is ready")
      await Promise.all([
        stage.run("client reverse drawer stressed"),
        stage.run("client mmi.service sum juggle"),
      ])
      await reverse.kill("SIGTERM")
      await broker.says("reverse: a worker has left")
      await stage.run("client mmi.service reverse")
    },
  },

  clone: {
    addresses: ["SNAPSHOTS", "UPDATES", "CHANGES", "VIEWS"],
    hubs: ["server", "cache"],
    async play(stage) {
      const server = stage.start("server")
      await server.says("ready")
      await stage.run("set /tea/green=3 /tea/black=5 /coffee/mocca=2")
      await server.says("3 /coffee/mocca = 2")
      const early = stage.start("watch /tea/")
      await early.says("2 /tea/black = 5")
      stage.start("cache")
      const green = stage.start("view /tea/green")
      await green.says("1 /tea/green = 3")

      await stage.run("set /tea/green=2 /coffee/mocca= /tea/white=1")
      await early.says("6 /tea/white = 1")
      await green.says("4 /tea/green = 2")
      const late = stage.start("watch")
      await late.says("6 /tea/white = 1")
      await stage.run("set /tea/white=9")
      for (const watcher of [early, late]) await watcher.says("7 /tea/white = 9")

      // The cache answers in the place of a server that is away.
      await server.kill("SIGKILL")
      await stage.start("view /tea/white").says("7 /tea/white = 9")
      await stage.start("view /tea/green").says("4 /tea/green = 2")
    },
  },

  ventilator: {
    addresses: ["TASKS", "RESULTS", "CONTROL"],
    hubs: ["ventilator", "sink"],
    async play(stage) {
      const sink = stage.start("sink 3")
      const workers = [1, 2, 3].map(() => stage.start("worker"))
      await stage.run("ventilator 3")
      await Promise.all([sink, ...workers].map(actor => actor.ends()))
    },
  },

  chat: {
    addresses: ["VOICES", "EARS"],
    hubs: ["proxy"],
    async play(stage) {
      const proxy = stage.start("proxy")
      await proxy.says("ready")
      const alice = stage.start("member alice")
      await alice.says("here: alice")
      const bob = stage.start("member bob")
      await bob.says("here: alice, bob")
      await alice.says("bob comes")
      const carol = stage.start("member carol")
      await carol.says("here: alice, bob, carol")
      await Promise.all([alice, bob].map(member => member.says("carol comes")))

      alice.hears("Good morning!")
      await Promise.all([alice, bob, carol].map(member => member.says("alice: Good morning!")))
      carol.hears("/bob Shall we?")
      await bob.says("carol to you: Shall we?")
      bob.hears("We have to go.")
      await Promise.all([alice, bob, carol].map(member => member.says("bob: We have to go.")))
      await bob.leaves()
      await Promise.all([alice, carol].map(member => member.says("bob leaves")))
      await carol.kill("SIGKILL")
      await alice.says("carol leaves")
    },
  },
}
