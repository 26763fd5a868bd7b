import { Push } from "zmtp"

export async function deliver(address, message) {
  const push = new Push()
  push.connect(address)
  await push.send(message)
}
