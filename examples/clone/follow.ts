/**
 * Clone, what every replica does: a snapshot of the server's table first, then each change since, none twice and none
 * missed.
 */
import { Dealer, Subscriber } from "zeromq"
import { HUGZ, ICANHAZ, KTHXBAI, decode, type Entry } from "./entry.js"

const { SNAPSHOTS = "tcp://127.0.0.1:5556", UPDATES = "tcp://127.0.0.1:5557" } = process.env

/** The entries below a path, such as `/tea/`, and then their changes, for ever. */
export async function* follow(path: string): AsyncGenerator<Entry, never> {
  const updates = new Subscriber()
  updates.connect(UPDATES)
  updates.subscribe(path)
  updates.subscribe(HUGZ)

  // Subscriptions take their time. The first HUGZ shows that they are in force, so that no change can fall between
  // the snapshot and the updates; what came before it is older than the snapshot.
  while (decode(await updates.receive()).key !== HUGZ);

  const snapshots = new Dealer()
  snapshots.connect(SNAPSHOTS)
  await snapshots.send([ICANHAZ, path])
  let entry = decode(await snapshots.receive())
  while (entry.key !== KTHXBAI) {
    yield entry
    entry = decode(await snapshots.receive())
  }
  snapshots.close()

  let last = entry.sequence
  for (;;) {
    const update = decode(await updates.receive())
    if (update.sequence <= last) continue
    last = update.sequence
    yield update
  }
}
