/* A peer ends its connection, first properly and then by a reset, right after the clock became fake. */
const net = require("node:net")
const sinon = require("sinon")
const { Push } = require("zmtp")

const greeting = Buffer.alloc(64)
greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1])
greeting.write("NULL", 12)
const ready = Buffer.from("\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PULL", "latin1")

async function lose(end) {
  const server = net.createServer(socket => {
    socket.resume().on("error", () => {})
    socket.write(Buffer.concat([greeting, ready]))
    peer = socket
  })
  let peer
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve))
  const push = new Push({ linger: 0, reconnectInterval: -1 })
  const shaken = new Promise(resolve => push.events.on("handshake", resolve))
  const lost = new Promise(resolve => push.events.on("disconnect", resolve))
  push.connect(`tcp://127.0.0.1:${server.address().port}`)
  await shaken
  // The socket has nothing left to do.
  for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve))
  const clock = sinon.useFakeTimers()
  end(peer)
  console.log((await lost).type)
  clock.restore()
  push.close()
  server.close()
}

async function main() {
  await lose(peer => peer.destroy())
  await lose(peer => peer.resetAndDestroy())
}
void main()
